"""The pages the footer leads to: accessibility, legal notice, personal data."""

from flask import Blueprint, render_template

views = Blueprint("pages", __name__)


@views.get("/accessibilite")
def accessibility() -> str:
    """The declaration of accessibility."""
    return render_template("pages/accessibility.html")


@views.get("/mentions-legales")
def legal() -> str:
    """Who publishes this site."""
    return render_template("pages/legal.html")


@views.get("/donnees-personnelles")
def privacy() -> str:
    """What becomes of what people type."""
    return render_template("pages/privacy.html")
