"""Forms about accounts; what they only check for completeness, the operations decide."""

from typing import Any

from wtforms import BooleanField, EmailField, PasswordField, RadioField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length

from app.accounts.languages import languages
from app.accounts.models import Account
from app.core.forms import Form
from app.core.moments import timezones

NAME = [DataRequired("Tell us your name."), Length(max=100, message="Keep the name within 100 characters.")]
EMAIL = [DataRequired("Write your e-mail address."), Length(max=255, message="An address has at most 255 characters.")]
PASSWORD = [InputRequired("Write your password."), Length(max=1000, message="This is too long for a password.")]
HOW_LONG = "At least 10 characters. A few words that do not belong together do well."
# Phones would write the first letter large and correct the rest.
PLAIN = {"autocapitalize": "none", "autocorrect": "off", "spellcheck": "false"}
CURRENT = {"autocomplete": "current-password"}
NEW = {"autocomplete": "new-password"}
CODE = {"autocomplete": "one-time-code", **PLAIN}
THEMES = {"system": "As the system", "light": "Light", "dark": "Dark"}


def email_field(label: str = "E-mail address", autocomplete: str = "username", **options: Any) -> EmailField:
    return EmailField(label, EMAIL, render_kw={"autocomplete": autocomplete, **PLAIN}, **options)


class SignUpForm(Form):
    name = StringField("Your name", NAME, render_kw={"autocomplete": "name"})
    email = email_field()
    password = PasswordField("Password", PASSWORD, description=HOW_LONG, render_kw=NEW)


class FirstSignUpForm(SignUpForm):
    """For the first account of an installation that strangers can reach."""

    setup_token = StringField(
        "Set-up token",
        [DataRequired("Write the set-up token."), Length(max=500)],
        description="It was printed when this installation was started.",
        render_kw={"autocomplete": "off", **PLAIN},
    )


class SignInForm(Form):
    email = email_field()
    password = PasswordField("Password", PASSWORD, render_kw=CURRENT)
    remember = BooleanField("Stay signed in for 30 days", description="Not on a computer that others use.")


class CodeForm(Form):
    code = StringField("Code", [DataRequired("Write the code."), Length(max=100)], render_kw=CODE)


class PasswordForm(Form):
    """Asked before what a borrowed screen must not be enough for."""

    password = PasswordField("Your password", PASSWORD, render_kw=CURRENT)


class ForgottenForm(Form):
    email = email_field()


class NewPasswordForm(Form):
    password = PasswordField("New password", PASSWORD, description=HOW_LONG, render_kw=NEW)


class ChangePasswordForm(Form):
    old_password = PasswordField("Present password", PASSWORD, render_kw=CURRENT)
    new_password = PasswordField("New password", PASSWORD, description=HOW_LONG, render_kw=NEW)


class ProfileForm(Form):
    name = StringField("Name", NAME, render_kw={"autocomplete": "name"})
    locale = SelectField("Dates and numbers", description="How they are written for you.")
    timezone = SelectField("Time zone", description="Times on your pages are told in it.")
    theme = RadioField(
        "Theme", choices=[SelectChoice(*theme) for theme in THEMES.items()], description="For this browser."
    )

    def __init__(self, account: Account, **kwargs: Any) -> None:
        super().__init__(obj=account, **kwargs)
        self.locale.choices = [SelectChoice(code, name) for code, name in languages()]
        # A zone that is no longer in the world's list stays what was chosen.
        zones = dict.fromkeys([account.timezone, *timezones()])
        self.timezone.choices = [_by_region(zone) for zone in sorted(zones)]


class AddressForm(Form):
    email = email_field("New address", "email")
    password = PasswordField("Your password", PASSWORD, render_kw=CURRENT)


class DeletionForm(Form):
    email = email_field("Your e-mail address", "off", description="Typed, so that nothing is deleted by accident.")
    password = PasswordField("Your password", PASSWORD, render_kw=CURRENT)


def _by_region(zone: str) -> SelectChoice:
    """Grouped by continent, so that typing the first letters of a city finds it."""
    region, slash, place = zone.partition("/")
    if not slash:
        return SelectChoice(zone, zone, optgroup="World")
    return SelectChoice(zone, place.replace("_", " ").replace("/", ", "), optgroup=region)
