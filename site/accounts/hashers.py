"""Argon2id with OWASP's minimum cost (19 MiB, two passes): about 0.07 s a login."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2idHasher(Argon2PasswordHasher):
    memory_cost = 19_456
    time_cost = 2
    parallelism = 1
