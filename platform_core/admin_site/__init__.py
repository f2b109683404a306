"""The admin: one site for operators at the hub, one for the staff of each platform."""
