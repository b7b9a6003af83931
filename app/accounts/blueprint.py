"""Where the pages of accounts are hung."""

from flask import Blueprint

blueprint = Blueprint("accounts", __name__)
