# ${name}
What a shop writes in its dashboard at `/vendor/${code}/`, its shoppers read at `/${code}/`; scripts do the same below
`/api/v1/vendor/${code}/` and `/api/v1/storefront/${code}/`. Platforms set how much a page shows. Switching the module off
keeps every row; `manage.py modules purge ${code}` deletes them.
