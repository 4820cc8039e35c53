"""Spanish figures as the school writes them everywhere: 1.234,56 (Django's own uses a space)."""

DECIMAL_SEPARATOR = ","
THOUSAND_SEPARATOR = "."
NUMBER_GROUPING = 3
