"""Parcel lockers of a carrier."""
