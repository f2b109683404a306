"""The interface system: tokens, themes, components, icons, format tags and languages."""
