"""Mails: written down in the transaction they follow from, made and sent after it, in their reader's language."""
