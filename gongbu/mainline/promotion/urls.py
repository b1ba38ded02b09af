"""Addresses of the room; ``offers/`` is open to everybody."""

from django.urls import path

from gongbu.mainline.promotion import pages
from gongbu.mainline.promotion.register import ASSETS, LEADS, OFFERS

app_name = "promotion"
_LEADS = {"list": "leads", "drawer": "leads_drawer", "export": "leads_export"}
_ASSETS = {"list": "assets", "drawer": "assets_drawer", "export": "assets_export"}
_OFFERS = {"list": "offers", "drawer": "offers_drawer", "export": "offers_export"}
urlpatterns = [
    *LEADS.urls("promotion:", "promotion/leads/", _LEADS),
    path("promotion/leads/new", pages.new_lead, name="new_lead"),
    path("promotion/leads/<int:pk>/", pages.lead, name="lead"),
    path("promotion/leads/<int:pk>/correct", pages.correct_lead, name="correct_lead"),
    path("promotion/leads/<int:pk>/agent", pages.change_agent, name="change_agent"),
    path("promotion/leads/<int:pk>/errands/new", pages.open_errand, name="open_errand"),
    path("promotion/leads/<int:pk>/errands/<int:errand_id>/finish", pages.finish_errand, name="finish_errand"),
    path("promotion/leads/<int:pk>/sign", pages.sign_lead, name="sign_lead"),
    path("promotion/leads/<int:pk>/land", pages.land_lead, name="land_lead"),
    path("promotion/leads/<int:pk>/end", pages.end_lead, name="end_lead"),
    *ASSETS.urls("promotion:", "promotion/assets/", _ASSETS),
    path("promotion/assets/new", pages.new_asset, name="new_asset"),
    path("promotion/assets/<int:pk>/", pages.asset, name="asset"),
    path("promotion/assets/<int:pk>/correct", pages.correct_asset, name="correct_asset"),
    path("promotion/assets/<int:pk>/match", pages.match_asset, name="match_asset"),
    path("promotion/assets/<int:pk>/revive", pages.revive_asset, name="revive_asset"),
    path("promotion/assets/<int:pk>/remove", pages.remove_asset, name="remove_asset"),
    *OFFERS.urls("promotion:", "promotion/offers/", _OFFERS),
    path("promotion/offers/new", pages.new_offer, name="new_offer"),
    path("promotion/offers/<int:pk>/", pages.offer, name="offer"),
    path("promotion/offers/<int:pk>/choose", pages.put_on_offer, name="put_on_offer"),
    path("promotion/offers/<int:pk>/<int:project_id>/off", pages.take_off_offer, name="take_off_offer"),
    path("promotion/offers/<int:pk>/publish", pages.publish_offer, name="publish_offer"),
    path("promotion/offers/<int:pk>/withdraw", pages.withdraw_offer, name="withdraw_offer"),
    path("offers/", pages.index, name="index"),
    path("offers/<int:pk>/", pages.public, name="public"),
]
