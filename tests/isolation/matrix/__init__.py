"""The isolation matrix: every route, by every method, as everybody, for everybody's rows.

It is generated from the URL configurations, so a new route is in it as soon as it is mounted:

- `world.py` makes two platforms with two shops each, their people, and rows of every model, each text marked
  with its owner (`marks.py`);
- `places.py` lists the sites, `people.py` who comes and what they carry;
- `routes.py` finds the routes and the values of their parameters, `bodies.py` what can be sent to them;
- `reach.py` says who may see and change whose rows; `changes.py` reports what a request has written;
- `asking.py` sends one request and judges its answer; `plan.py` sends them all.
"""
