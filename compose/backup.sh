#!/bin/sh
# A dated dump of the database: compose/backup.sh [FOLDER]. DATABASE_URL says which.
# Restore into an empty database: pg_restore --no-owner --dbname URL FILE
set -eu
folder=${1:-backups}
mkdir -p "$folder"
file="$folder/ami-$(date -u +%Y%m%dT%H%M%SZ).dump"
pg_dump --format=custom --no-owner --file "$file.part" "$DATABASE_URL"
[ -s "$file.part" ]
pg_restore --list "$file.part" >/dev/null
mv "$file.part" "$file"
echo "$file"
