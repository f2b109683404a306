# ${name}
A module for Wizamart: what a shop writes in its dashboard, its shoppers read at `/${code}/`.

Install the package beside Wizamart, add `${code}` to `MODULES_ALLOW`, run `manage.py migrate`, restart, then
`manage.py modules enable ${code} --platform CODE`. Platforms set how much a page shows; switching it off keeps every
row, and `manage.py modules purge ${code}` deletes them.
