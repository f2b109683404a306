"""German formats where Django's differ. Source: CLDR 47, de-LU."""

DATETIME_FORMAT = "j. F Y H:i"
FIRST_DAY_OF_WEEK = 1

DECIMAL_SEPARATOR = ","
THOUSAND_SEPARATOR = "."
NUMBER_GROUPING = 3
