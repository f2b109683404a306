"""Components that take input."""

from __future__ import annotations

from platform_core.ui.components.registry import CLASS, Component, Example, flag, text, value

_FIELD = value("field", "BoundField", "A bound field of a Django form")
_LABEL = text("label", "In place of the form's label")
_HELP = text("help", "In place of the form's help text")

COMPONENTS = (
    Component(
        "field",
        "input",
        "Label, control, help and error of one form field, tied together for screen readers.",
        (
            _FIELD,
            _LABEL,
            _HELP,
            text("prefix", "Short text before the control"),
            text("suffix", "Short text after the control, such as a unit"),
            flag("is_label_hidden", "The label is read aloud but not seen"),
            CLASS,
        ),
        (
            Example("Text", '<c-field :field="form.title" />'),
            Example("Optional", '<c-field :field="form.note" />'),
            Example("Choice", '<c-field :field="form.status" />'),
            Example("Radio", '<c-field :field="form.delivery" />'),
            Example("Checkboxes", '<c-field :field="form.days" />'),
            Example("Checkbox", '<c-field :field="form.visible" />'),
            Example("File", '<c-field :field="form.photo" />'),
            Example("With a unit", '<c-field :field="form.weight" suffix="kg" />'),
            Example("Error", '<c-field :field="bad_form.title" />'),
            Example("Error in a choice", '<c-field :field="bad_form.delivery" />'),
        ),
    ),
    Component(
        "money-input",
        "input",
        "An amount with its currency beside it; read by the conventions of the reader's language.",
        (_FIELD, text("currency", "ISO 4217 code", "EUR"), _LABEL, _HELP, CLASS),
        (
            Example("Empty", '<c-money-input :field="form.price" />'),
            Example("Error", '<c-money-input :field="bad_form.price" />'),
        ),
    ),
    Component(
        "error-summary",
        "input",
        "What to correct, each line a link to its field. Nothing for a form without errors.",
        (
            value("form", "Form", "A bound form"),
            value("formsets", "list", "Formsets of the same page"),
            text("title", "In place of the count"),
        ),
        (
            Example("Errors", '<c-error-summary :form="bad_form" />'),
            Example("None", '<c-error-summary :form="form" />'),
        ),
    ),
    Component(
        "search-box",
        "input",
        "A GET form with one field; the slot keeps other parameters as hidden inputs.",
        (
            text("action", "Address of the results"),
            text("name", "Name of the parameter", "q"),
            text("value", "What was searched for"),
            text("label", "Read aloud", "Search"),
            text("placeholder", "An example of what to type"),
            text("id", "Unique on the page", "q"),
            value("max_length", "int", "Letters that fit"),
            CLASS,
        ),
        (
            Example("Empty", '<c-search-box action="#" id="example-search" placeholder="Title or SKU" />'),
            Example("Filled", '<c-search-box action="#" id="example-found" value="linen" />'),
        ),
        slot="Hidden inputs",
    ),
    Component(
        "quantity",
        "input",
        "How many.",
        (
            text("name", "Name of the field", "quantity"),
            text("value", "Number at first", "1"),
            text("min", "Smallest number", "1"),
            text("max", "Largest number"),
            text("label", "In place of Quantity"),
            text("id", "Unique on the page", "quantity"),
        ),
        (Example("One", '<c-quantity id="example-quantity" max="12" />'),),
    ),
)
