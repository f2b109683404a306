"""What the demo's orders are made of: ways to ship, people, and how many of what."""

from __future__ import annotations

from typing import Any

# 300 in all, over the shops of both platforms.
ORDER_COUNTS = {
    "objektiv": 60,
    "voltwerk": 60,
    "gaardenhaus": 55,
    "stadion": 55,
    "stull": 40,
    "kellerei": 30,
}
# Of these, the ones of the day itself.
TODAYS_COUNTS = {"objektiv": 6, "voltwerk": 5, "gaardenhaus": 5, "stadion": 4, "stull": 3, "kellerei": 2}
# Nothing waits here: its modules can be switched off.
WITHOUT_OPEN_ORDERS = frozenset({"kellerei"})
FIRST_NUMBER = 1001
OLDEST_DAYS = 120
ANNAS_EMAIL = "anna@example.test"
# The example of the IBAN registry.
IBAN = "LU280019400644750000"

METHODS: tuple[dict[str, Any], ...] = (
    {
        "code": "home-delivery",
        "kind": "flat",
        "names": {
            "en": "Home delivery",
            "fr": "Livraison à domicile",
            "de": "Lieferung nach Hause",
            "lb": "Liwwerung heem",
        },
        "descriptions": {
            "en": "Two working days within Luxembourg.",
            "fr": "Deux jours ouvrables au Luxembourg.",
            "de": "Zwei Werktage innerhalb Luxemburgs.",
            "lb": "Zwee Wierkdeeg bannent Lëtzebuerg.",
        },
        "price_minor": 490,
        "free_from_minor": 10_000,
        "countries": ["LU"],
    },
    {
        "code": "greater-region",
        "kind": "flat",
        "names": {
            "en": "Delivery to the Greater Region",
            "fr": "Livraison dans la Grande Région",
            "de": "Lieferung in die Großregion",
            "lb": "Liwwerung an d'Groussregioun",
        },
        "descriptions": {
            "en": "Four working days.",
            "fr": "Quatre jours ouvrables.",
            "de": "Vier Werktage.",
            "lb": "Véier Wierkdeeg.",
        },
        "price_minor": 990,
        "countries": ["BE", "DE", "FR"],
    },
    {
        "code": "parcel",
        "kind": "weight",
        "names": {
            "en": "Parcel to a pick-up station",
            "fr": "Colis en point de retrait",
            "de": "Paket an eine Abholstation",
            "lb": "Pak op eng Ofhuelstatioun",
        },
        "descriptions": {
            "en": "Three working days. The price depends on the weight; up to 30 kg.",
            "fr": "Trois jours ouvrables. Le prix dépend du poids, jusqu'à 30 kg.",
            "de": "Drei Werktage. Der Preis richtet sich nach dem Gewicht, bis 30 kg.",
            "lb": "Dräi Wierkdeeg. De Präis hänkt vum Gewiicht of, bis 30 kg.",
        },
        "rates": [(2_000, 290), (5_000, 490), (10_000, 790), (30_000, 1290)],
        "countries": ["LU", "BE", "DE", "FR"],
    },
    {
        "code": "collection",
        "kind": "collection",
        "names": {
            "en": "Collection at the shop",
            "fr": "Retrait en magasin",
            "de": "Abholung im Laden",
            "lb": "Ofhuelen am Buttek",
        },
    },
)
HOURS = {
    "en": "Tuesday to Saturday, 10:00 to 18:00",
    "fr": "Du mardi au samedi, de 10 h à 18 h",
    "de": "Dienstag bis Samstag, 10 bis 18 Uhr",
    "lb": "Dënschdes bis Samschdes, 10 bis 18 Auer",
}
PEOPLE = (
    ("Marc Thill", "3, rue de l'Alzette", "L-4010", "Esch-sur-Alzette", "LU"),
    ("Sylvie Kremer", "27, Grand-Rue", "L-9050", "Ettelbruck", "LU"),
    ("Jean Hoffmann", "8, rue du Moulin", "L-6914", "Roodt-sur-Syre", "LU"),
    ("Inês Ferreira", "61, avenue Gaston Diderich", "L-1420", "Luxembourg", "LU"),
    ("Tom Wagner", "14, um Bierg", "L-7641", "Christnach", "LU"),
    ("Claire Petit", "5, place d'Armes", "L-1136", "Luxembourg", "LU"),
    ("Luca Moretti", "92, route d'Arlon", "L-8008", "Strassen", "LU"),
    ("Nadine Schmit", "2, Haaptstrooss", "L-9806", "Hosingen", "LU"),
    ("Karl Becker", "Saarstraße 12", "54290", "Trier", "DE"),
    ("Petra Klein", "Hauptstraße 44", "54439", "Saarburg", "DE"),
    ("Julie Martin", "18, rue Serpenoise", "57000", "Metz", "FR"),
    ("Hugo Lambert", "7, rue de Neufchâteau", "6700", "Arlon", "BE"),
)
CARRIERS = ("POST", "DPD", "DHL")
CANCEL_REASONS = ("Ordered by mistake", "Out of stock at our supplier", "The buyer has changed their mind")
# What becomes of an order, with its weight: of one of the last two weeks, and of an older one.
RECENT_LIVES = {"placed": 4, "confirmed": 4, "partial": 5, "sent": 2, "completed": 6, "cancelled": 1}
OLDER_LIVES = {"completed": 88, "cancelled": 5, "refunded": 4, "sent": 3}
TODAYS_LIVES = {"placed": 4, "confirmed": 4, "completed": 1, "cancelled": 1}
QUIET_LIVES = {"completed": 90, "cancelled": 6, "refunded": 4}
RECENT_DAYS = 14
# How long each takes at most.
LIFE_HOURS = {
    "placed": 0,
    "cancelled": 1,
    "sent": 48,
    "confirmed": 96,
    "partial": 144,
    "completed": 144,
    "refunded": 168,
}
