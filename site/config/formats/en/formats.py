"""English dates that cannot be read two ways, and the clock of 24 hours.

Django's own are American ("03/01/2030 9 a.m."), and their last full stop doubles at the end
of a sentence.
"""

DATE_FORMAT = "j F Y"
TIME_FORMAT = "H:i"
DATETIME_FORMAT = "j F Y, H:i"
SHORT_DATE_FORMAT = "j M Y"
SHORT_DATETIME_FORMAT = "j M Y, H:i"
MONTH_DAY_FORMAT = "j F"
FIRST_DAY_OF_WEEK = 1
