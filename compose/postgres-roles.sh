#!/bin/sh
# Roles of the database: one owns and migrates, one only reads and writes rows, one backs up.
set -eu
psql -v ON_ERROR_STOP=1 --username postgres --dbname ami \
    -v app="$AMI_DB_APP_PASSWORD" -v migrator="$AMI_DB_MIGRATOR_PASSWORD" <<'SQL'
CREATE ROLE ami_owner NOLOGIN;
CREATE ROLE ami_migrator LOGIN PASSWORD :'migrator' IN ROLE ami_owner;
ALTER ROLE ami_migrator SET role = 'ami_owner';
CREATE ROLE ami_app LOGIN PASSWORD :'app' CONNECTION LIMIT 120;
ALTER ROLE ami_app SET statement_timeout = '15s';
ALTER ROLE ami_app SET lock_timeout = '5s';
ALTER ROLE ami_app SET idle_in_transaction_session_timeout = '30s';
REVOKE ALL ON DATABASE ami FROM PUBLIC;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE ami TO ami_app, ami_owner;
GRANT CREATE ON DATABASE ami TO ami_owner;
ALTER SCHEMA public OWNER TO ami_owner;
GRANT USAGE ON SCHEMA public TO ami_app;
ALTER DEFAULT PRIVILEGES FOR ROLE ami_owner IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO ami_app;
ALTER DEFAULT PRIVILEGES FOR ROLE ami_owner IN SCHEMA public
    GRANT USAGE, SELECT ON SEQUENCES TO ami_app;
SQL
