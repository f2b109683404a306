"""What can go wrong with content pages, by name."""

from django.utils.translation import gettext_lazy as _

from platform_core.exceptions import DomainError, RowChanged


class PageIsEmpty(DomainError):
    code = "page_is_empty"
    status = 422
    default_message = _("“%(slug)s” has no text yet. Write a title and a text in at least one language.")


class TitleMissing(DomainError):
    code = "title_missing"
    status = 422
    default_message = _("Enter a title for the text in %(language)s. It is the page's heading.")


class PageChanged(RowChanged):
    code = "page_changed"
    default_message = _(
        "Somebody else has saved “%(slug)s” in the meantime. Your text is still here: compare, then save again."
    )


class PageExists(DomainError):
    code = "page_exists"
    default_message = _("There is a page at “%(slug)s” already. Choose another address, or change that page.")


class NoSuchPage(DomainError):
    code = "no_such_page"
    status = 404
    default_message = _("The platform has no page at “%(slug)s”.")
