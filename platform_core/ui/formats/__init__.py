"""Formats of dates and numbers by language, where Django has none or others than ours."""
