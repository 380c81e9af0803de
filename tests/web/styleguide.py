"""A small application that shows every component of the theme once, on pages like the real ones.

Look at it: `PYTHONPATH=.:plugins:web:tests python tests/web/styleguide.py`, then http://127.0.0.1:5000/.
"""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import segno
from flask import Flask, flash, redirect, render_template_string, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from markupsafe import Markup
from wtforms import (
    BooleanField,
    DateField,
    EmailField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TelField,
    TextAreaField,
    TimeField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length

from rdvdav.i18n import short_date
from rdvdav_web import security, theme, timetable
from rdvdav_web.frame import Frame, Link, show_in

MONDAY = date(2026, 11, 23)
ADDRESS = "webcal://rdv.example.test/agenda/kQ0x7T8fPZb2mW1hJq9sLw/rendez-vous.ics"

PORTAL = Frame(
    "Ville de Sainte-Anne",
    tagline="Prendre rendez-vous",
    links=(Link("Mes rendez-vous", "/confirmed"),),
    phone="01 00 00 00 00",
    email="accueil@sainte-anne.example",
)

START = """{% extends "base.html" %}
{% from "macros.html" import agenda, contact_lines, copy_field, csrf, day_list, description, field, hold_notice, menu,
   notice, pagination, progress, qr_figure, recap, script, status, steps, table, tabs, zone_note with context %}
"""

SLOTS = """
{% block title %}Choisissez un créneau{% endblock %}
{% block head %}{{ script("zone.js") }}{% endblock %}
{% block above %}{{ steps(4, 6, "Créneau", next="Vos coordonnées") }}{% endblock %}
{% block content %}
<h1>Choisissez un créneau</h1>
<div class="with-aside">
  {{ recap("Votre demande", recap_rows, "Passeport · Mairie centrale · 30 min") }}
  <div class="main-column">
    <p>Premier créneau libre : <strong>{{ first|moment }}</strong>. Durée : {{ length|duration }}.</p>
    {{ zone_note(instant, "Europe/Paris") }}
    <form class="filter" method="get">
      {{ field(filters.day, width="short", optional=false) }}
      {{ field(filters.half, width="short", optional=false) }}
      <button class="button quiet">Afficher</button>
    </form>
    {{ day_list(days, url_for("slots"), hidden={"motif": "passeport"}) }}
    <p class="buttons"><a class="button quiet" href="#">Voir les dates suivantes</a></p>
    {% call notice("info", title="Aucun horaire ne vous convient ?") %}<p>Appelez-nous au 01 00 00 00 00.</p>{% endcall %}
  </div>
</div>
{% endblock %}
"""

FORM = """
{% block title %}Vos coordonnées{% endblock %}
{% block head %}{{ script("countdown.js") }}{{ script("preview.js") }}{% endblock %}
{% block above %}{{ steps(5, 6, "Vous", next="Vérification") }}{% endblock %}
{% block content %}
<h1>Vos coordonnées</h1>
{{ hold_notice(instant + left, instant, "Europe/Paris", url_for("form_page")) }}
<div class="two-columns">
<form method="post" novalidate data-preview="{{ url_for('preview') }}" data-preview-into="preview">
  {{ csrf() }}
  {{ field(form.name, autocomplete="name") }}
  {{ field(form.email, hint="Pour confirmer votre rendez-vous.", autocomplete="email") }}
  {{ field(form.phone, width="medium", autocomplete="tel") }}
  <div class="fields">{{ field(form.day, width="short") }}{{ field(form.hour, width="short") }}</div>
  {{ field(form.place, width="medium") }}
  {{ field(form.mode) }}
  {{ field(form.weekdays, width="in-line", hint="Un jour au moins.") }}
  {{ field(form.comment, rows=4) }}
  {{ field(form.agreed) }}
  <p class="buttons"><button class="button">Continuer</button> <a href="{{ url_for('slots') }}">Retour aux créneaux</a></p>
</form>
<section class="card" aria-labelledby="preview-title"><h2 class="card-title" id="preview-title">Aperçu</h2>
  <div id="preview" role="status"><p>Tous les mardis, de 9 h à 12 h.</p></div></section>
</div>
{% endblock %}
"""

CONFIRMED = """
{% block title %}Rendez-vous confirmé{% endblock %}
{% block content %}
<div class="panel success"><h1>Votre rendez-vous est confirmé</h1>
  <p class="big">{{ first|moment|sentence }}</p><p>Référence : <strong>7KQ2-M4PX</strong></p></div>
{{ description(recap_rows) }}
{% for kind in ("info", "success", "warning", "error") %}
{% call notice(kind, title="Titre du message") %}<p>Une phrase, avec <a href="#">un lien</a>.</p>{% endcall %}
{% endfor %}
<p class="cluster">{{ status("Confirmé", "success") }} {{ status("À replanifier", "warning") }} {{ status("Annulé", "error") }}
  {{ status("Passé") }} {{ status("En cours", "info") }}</p>
{{ tabs([{"label": "À venir", "url": "#", "current": true}, {"label": "Passés", "url": "#"}], "Mes rendez-vous") }}
{{ table("Rendez-vous", ["Date", "Motif", "Lieu", "État"], appointments) }}
{{ pagination(2, 5, "46 rendez-vous", page_url) }}
{{ progress(62, 120, "Réservations") }}
<ul class="link-list"><li><a href="#">Passeport <span class="muted">30 minutes · Sur place</span></a></li>
  <li><a href="#">Carte d'identité <span class="muted">20 minutes · Sur place</span></a></li></ul>
<p class="buttons"><a class="button quiet" href="#">Déplacer</a><a class="button danger" href="#">Annuler le rendez-vous</a></p>
{% endblock %}
"""

AGENDA = """
{% block title %}Agenda de Claire Martin{% endblock %}
{% block head %}<link rel="stylesheet" href="{{ url_for('static', filename='agenda.css') }}">{{ script("refresh.js") }}{% endblock %}
{% block content %}
<div class="bar"><h1>Agenda de Claire Martin</h1>
<p class="buttons"><a class="button" href="#">Plages d'ouverture</a><a class="button quiet" href="#">Indisponibilités</a></p></div>
<div class="bar"><p class="buttons"><a class="button quiet" href="#">Précédente</a><a class="button quiet" href="#">Aujourd'hui</a>
  <a class="button quiet" href="#">Suivante</a></p>
  <h2 class="bar-title">{{ monday|date_range(days[-1].date) }} <span class="muted">semaine {{ monday|week_number }}</span></h2>
  {{ tabs(views, "Vues", style="segments") }}</div>
<div id="week" data-refresh="{{ request.path }}">
{{ agenda(days, 8, 18, "Semaine", scale=scale, level=3) }}
<p class="muted">Mis à jour à 10 h 41</p></div>
{% endblock %}
"""

ACCOUNT = """
{% block title %}Mes agendas{% endblock %}
{% block head %}{{ script("copy.js") }}{% endblock %}
{% block content %}
<h1>Voir mes rendez-vous dans mon agenda</h1>
{% call menu("Autres programmes") %}<li><a href="#">Linux</a></li><li><a href="#">Autre</a></li>{% endcall %}
{{ copy_field("Lien d'abonnement", address, "feed", hint="Affiché une seule fois.") }}
{{ qr_figure(qr, address, "Lien d'abonnement") }}
{{ contact_lines(frame) }}
{% endblock %}
"""


def _choices(*labels: str) -> list[SelectChoice]:
    return [SelectChoice(label, label) for label in labels]


class Filters(FlaskForm):
    """Of the page of slots."""

    day = DateField("À partir du")
    half = SelectField("Moment", choices=_choices("Toute la journée", "Matin", "Après-midi"))


class Everything(FlaskForm):
    """One field of each kind."""

    name = StringField("Prénom et nom", [DataRequired("Saisissez votre nom")])
    email = EmailField("E-mail", [DataRequired("Saisissez une adresse e-mail, par exemple nom@exemple.fr")])
    phone = TelField("Téléphone")
    day = DateField("Le", [InputRequired("Choisissez une date")])
    hour = TimeField("À", [InputRequired("Choisissez une heure")])
    place = SelectField("Lieu", [InputRequired()], choices=_choices("Mairie centrale", "Mairie annexe"))
    mode = RadioField(
        "Répétition", [InputRequired("Choisissez une répétition")], choices=_choices("Une seule fois", "Se répète")
    )
    weekdays = SelectMultipleField(
        "Jours", [Length(min=1, message="Choisissez un jour")], choices=_choices("lundi", "mardi")
    )
    comment = TextAreaField("Commentaire")
    agreed = BooleanField("J'ai lu ces conditions", [InputRequired("Cochez la case pour continuer")])


def create_app() -> Flask:
    """The style guide, guarded like the site itself."""
    app = Flask("rdvdav_web", root_path=str(Path(theme.__file__).parent))
    app.secret_key = "shown to nobody, keeps nothing"
    theme.install(app, PORTAL)
    security.install(app, "http://rdv.example.test")
    common = {
        "first": datetime.combine(MONDAY, time(9)),
        "instant": datetime(2026, 11, 23, 8, 0, tzinfo=UTC),
        "left": timedelta(minutes=15),
        "length": timedelta(minutes=30),
        "recap_rows": _recap(),
    }

    @app.route("/", methods=["GET", "POST"])
    def slots() -> ResponseReturnValue:
        if request.method == "POST":
            flash(
                Markup('Le rendez-vous est déplacé au jeudi 26 novembre à 9 h 30. <a href="#">Annuler</a>'), "success"
            )
            return redirect(url_for("confirmed"), 303)
        return render_template_string(START + SLOTS, days=_days(), filters=Filters(data={"day": MONDAY}), **common)

    @app.route("/form", methods=["GET", "POST"])
    def form_page() -> ResponseReturnValue:
        form = Everything()
        form.validate_on_submit()
        left = timedelta(seconds=int(request.args.get("left", "900")))
        return render_template_string(START + FORM, form=form, **{**common, "left": left})

    @app.post("/preview")
    def preview() -> ResponseReturnValue:
        return render_template_string("<p>Bonjour {{ name }}.</p>", name=request.form["name"])

    @app.get("/confirmed")
    def confirmed() -> ResponseReturnValue:
        rows = [[short_date(day["date"]), "Passeport", "Mairie centrale", "Confirmé"] for day in _days()[:3]]
        return render_template_string(
            START + CONFIRMED, appointments=rows, page_url="/confirmed?page={}".format, **common
        )

    @app.get("/agenda")
    def agenda() -> ResponseReturnValue:
        show_in(_office())
        views = [{"label": label, "url": "#", "current": label == "Semaine"} for label in ("Jour", "Semaine", "Liste")]
        days = _week()
        lengths = [_minutes(block) for day in days for block in day["blocks"]]
        return render_template_string(
            START + AGENDA, days=days, views=views, monday=MONDAY, scale=timetable.scale(lengths), **common
        )

    @app.get("/account")
    def account() -> ResponseReturnValue:
        show_in(_office())
        qr = Markup(segno.make(ADDRESS, micro=False).svg_inline(scale=4))  # noqa: S704 - drawn by segno, no text in it
        return render_template_string(START + ACCOUNT, address=ADDRESS, qr=qr)

    return app


def _office() -> Frame:
    menu = (
        Link("Agenda", "/agenda", current=True),
        Link("Plages d'ouverture", "#"),
        Link("Indisponibilités", "#"),
        Link("Rendez-vous", "#", badge="4 à renseigner"),
        Link("Mes agendas", "/account"),
    )
    return Frame(
        "Ville de Sainte-Anne",
        menu=menu,
        account_name="Claire Martin",
        account=(Link("Mon compte", "#"),),
        sign_out_url="/",
    )


def _recap() -> list[dict[str, str]]:
    return [
        {"label": "Service", "value": "État civil", "url": "#"},
        {"label": "Motif", "value": "Passeport : dépôt du dossier", "url": "#", "what": "le motif"},
        {"label": "Lieu", "value": "Mairie centrale", "url": "#"},
    ]


def _days() -> list[dict[str, Any]]:
    days = []
    for offset in (0, 1, 3, 4, 7, 8, 9, 10, 11, 14):
        midnight = datetime.combine(MONDAY + timedelta(days=offset), time())
        minutes = [9 * 60 + 15 * step for step in range(11 if offset < 2 else 4)] + [14 * 60, 14 * 60 + 30, 16 * 60]
        starts = [midnight + timedelta(minutes=minute) for minute in minutes]
        slots = [SimpleNamespace(starts=start, value=start.isoformat()) for start in starts]
        days.append({"date": midnight.date(), "slots": slots})
    return days


def _week() -> list[dict[str, Any]]:
    blocks: dict[int, list[tuple[str, str, str, str, str, str, int]]] = {
        0: [
            ("09:00", "09:15", "Mme Amina BENALI", "Passeport", "honoré", "appointment", 1),
            ("09:15", "09:45", "M. Paul DURAND", "Carte d'identité, renouvellement", "absent", "appointment", 2),
            ("10:30", "11:30", "Famille LE GOFF (3)", "Passeport – famille", "", "appointment", 3),
        ],
        1: [
            ("09:00", "12:00", "Indisponible", "Réunion de service", "", "absence", 1),
            ("14:00", "15:00", "Atelier numérique (6/8)", "RDV collectif", "", "appointment", 4),
            ("14:30", "15:00", "M. Hugo PETIT", "Retrait de titre", "", "appointment", 5),
            ("14:45", "15:30", "Mme Inès GARCIA", "Passeport", "", "appointment", 6),
        ],
        2: [
            ("09:00", "09:30", "Mme Léa MOREAU", "Carte d'identité", "salle d'attente", "appointment", 7),
            ("10:00", "11:00", "M. Sacha NGUYEN", "Visio – état civil", "", "appointment", 8),
            ("11:00", "12:00", "Mme Nour HADDAD", "Passeport", "", "appointment", 9),
        ],
        3: [
            ("09:30", "10:30", "M. Louis BERNARD", "Appel téléphonique", "", "appointment", 10),
            ("13:30", "14:00", "Mme Jeanne ROUX", "Retrait de titre", "", "appointment", 11),
            ("14:00", "15:00", "M. Théo LAMBERT", "Carte d'identité", "", "appointment", 12),
            ("15:00", "15:30", "Mme Rose PETIT", "Passeport", "annulé", "cancelled", 1),
        ],
        4: [],
    }
    week: list[dict[str, Any]] = []
    for offset, rows in blocks.items():
        spans = [(time.fromisoformat(row[0]), time.fromisoformat(row[1])) for row in rows]
        shown = []
        for row, (start, end), (lane, lanes) in zip(rows, spans, timetable.side_by_side(spans), strict=True):
            words = dict(zip(("title", "detail", "status", "kind", "hue"), row[2:], strict=True))
            url = "" if words["kind"] == "absence" else "#"
            shown.append({"start": start, "end": end, "url": url, "lane": lane, "lanes": lanes, **words})
        week.append(
            {
                "date": MONDAY + timedelta(days=offset),
                "url": "#",
                "today": offset == 1,
                "holiday": "Férié" if offset == 4 else "",
                "now": time(10, 41) if offset == 1 else None,
                "openings": [{"start": time(9), "end": time(12)}, {"start": time(13, 30), "end": time(17)}][
                    : 5 - offset
                ],
                "blocks": shown,
            }
        )
    return week


def _minutes(block: dict[str, time]) -> int:
    start, end = block["start"], block["end"]
    return (end.hour - start.hour) * 60 + end.minute - start.minute


if __name__ == "__main__":
    create_app().run()
