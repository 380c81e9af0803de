"""« Motifs » of an organisation: the list with what is online, one motif with all its options, several at once, archived (R04)."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session

from rdvdav.administration import motifs
from rdvdav.administration.services import services_of
from rdvdav.directory.motif import Motif
from rdvdav.directory.organisation import Organisation
from rdvdav.i18n import gettext as _
from rdvdav.i18n import ngettext as _n
from rdvdav_web.admin.motif_form import MotifForm, SeveralForm
from rdvdav_web.admin.motif_words import MODALITIES, summary
from rdvdav_web.admin.settings import HERE, administered, page
from rdvdav_web.agent.forms import key_of
from rdvdav_web.agent.office import KEY, me
from rdvdav_web.transaction import clock, reading, transaction

views = Blueprint("motifs", __name__)


@views.get(f"{HERE}/motifs")
def show(organisation_id: int) -> ResponseReturnValue:
    """The live ones by service, those that citizens can book marked « En ligne »."""
    with reading() as work:
        organisation = administered(work, organisation_id)
        rows = [(motif, summary(motifs.terms_of(motif))) for motif in motifs.motifs_of(work, organisation_id)]
        return page(work, organisation, "admin/motifs.html", "motifs", rows=rows, modalities=MODALITIES)


@views.route(f"{HERE}/motifs/nouveau", methods=["GET", "POST"])
def new(organisation_id: int) -> ResponseReturnValue:
    """Add a motif."""
    with reading() as work:
        organisation = administered(work, organisation_id)
        form = MotifForm(services_of(work, organisation.territory_id))
        right = form.validate_on_submit() and form.terms is not None
        if not (right and form.terms and form.say(motifs.flaws_of(work, organisation, form.terms))):
            return page(work, organisation, "admin/motif.html", "motifs", form=form, motif=None, **_seen(form))
        terms = form.terms
    with transaction() as work:
        motif = motifs.add(work, clock(), me().id, organisation_id, terms)
    return _done(organisation_id, _("The motif %(name)s is added.", name=motif.name))


@views.route(f"{HERE}/motifs/<{KEY}:motif_id>", methods=["GET", "POST"])
def change(organisation_id: int, motif_id: int) -> ResponseReturnValue:
    """Change a motif."""
    with reading() as work:
        organisation = administered(work, organisation_id)
        motif = motifs.motif_of(work, organisation_id, motif_id)
        form = MotifForm(services_of(work, organisation.territory_id), motifs.terms_of(motif))
        booked = motifs.booked_with(work, clock(), [motif_id])
        right = request.method == "POST" and form.validate()
        if not (right and form.terms and form.say(motifs.flaws_of(work, organisation, form.terms, motif_id))):
            seen = _seen(form)
            return page(work, organisation, "admin/motif.html", "motifs", form=form, motif=motif, booked=booked, **seen)
        terms = form.terms
    with transaction() as work:
        motif = motifs.change(work, clock(), me().id, organisation_id, motif_id, terms)
    return _done(organisation_id, " ".join([_("The motif %(name)s is changed.", name=motif.name), *_touched(booked)]))


@views.post(f"{HERE}/motifs/apercu")
def show_preview(organisation_id: int) -> ResponseReturnValue:
    """The preview alone, for the form that asks while somebody types."""
    with reading() as work:
        organisation = administered(work, organisation_id)
        form = MotifForm(services_of(work, organisation.territory_id))
    return render_template("admin/motif_preview.html", organisation=organisation, form=form, **_seen(form))


@views.route(f"{HERE}/motifs/selection", methods=["GET", "POST"])
def several(organisation_id: int) -> ResponseReturnValue:
    """« Modifier la sélection »: the ticked ones get the same answers."""
    chosen = frozenset(key_of(value) for value in request.args.getlist("motif"))
    with reading() as work:
        organisation = administered(work, organisation_id)
        rows = [motif for motif in motifs.motifs_of(work, organisation_id) if motif.id in chosen]
        if not rows:
            flash(_("Tick the motifs to change first."), "warning")
            return redirect(url_for(".show", organisation_id=organisation_id), 303)
        form, booked = SeveralForm(), motifs.booked_with(work, clock(), chosen)
        if not form.validate_on_submit():
            return _several(work, organisation, form, rows, booked)
        unfit = motifs.unfit_for(work, organisation, rows, form.values)
        if unfit is not None:
            words = _(
                "%(name)s would never be open: its longest notice must be longer than its shortest.", name=unfit.name
            )
            form.form_errors.append(words)
            return _several(work, organisation, form, rows, booked)
    with transaction() as work:
        keys = [motif.id for motif in rows]
        count = motifs.change_several(work, clock(), me().id, organisation_id, keys, form.values)
    return _done(organisation_id, _n("%(num)d motif is changed.", "%(num)d motifs are changed.", count))


@views.route(f"{HERE}/motifs/<{KEY}:motif_id>/archiver", methods=["GET", "POST"])
def archive(organisation_id: int, motif_id: int) -> ResponseReturnValue:
    """Say what archiving does, and do it once confirmed."""
    if FlaskForm().validate_on_submit():
        with transaction() as work:
            motif = motifs.archive(work, clock(), me().id, organisation_id, motif_id)
        return _done(organisation_id, _("The motif %(name)s is archived.", name=motif.name))
    with reading() as work:
        administered(work, organisation_id)
        motif = motifs.motif_of(work, organisation_id, motif_id)
        booked = motifs.booked_with(work, clock(), [motif_id])
    kept = _n("%(num)d appointment to come stays.", "%(num)d appointments to come stay.", booked)
    return render_template(
        "agent/confirm.html",
        title=_("Archive the motif %(name)s", name=motif.name),
        sentences=[
            _("Nobody finds or books it any more, neither citizens nor agents. Its name is free for another motif."),
            *([kept] if booked else []),
        ],
        do=_("Archive the motif"),
        keep=_("Keep the motif"),
        back=url_for(".show", organisation_id=organisation_id),
    )


def _several(
    work: Session, organisation: Organisation, form: SeveralForm, rows: list[Motif], booked: int
) -> ResponseReturnValue:
    return page(work, organisation, "admin/motifs_several.html", "motifs", form=form, rows=rows, booked=booked)


def _seen(form: MotifForm) -> dict[str, object]:
    """What the preview shows."""
    terms = form.terms
    return {"terms": terms, "summary": summary(terms) if terms else ""}


def _touched(booked: int) -> list[str]:
    """What a change meant for those who have booked."""
    if not booked:
        return []
    return [
        _n(
            "%(num)d appointment to come shows it too, and keeps its time.",
            "%(num)d appointments to come show it too, and keep their time.",
            booked,
        )
    ]


def _done(organisation_id: int, words: str) -> ResponseReturnValue:
    flash(words, "success")
    return redirect(url_for(".show", organisation_id=organisation_id), 303)
