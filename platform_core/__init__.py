"""The ground floor of Wizamart: what every module stands on."""

# By semantic versioning: modules name the range that they are made for.
VERSION = "0.1.0"
