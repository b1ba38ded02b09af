"""Addresses of orgs."""

from django.urls import path

from gongbu.ground.orgs.pages import account, grants, people, regions, registrations, sign_in, tokens, trace, units
from gongbu.ground.orgs.register import AUDIT, GRANTS, PEOPLE, REGISTRATIONS, UNITS

app_name = "orgs"


def _names(name: str) -> dict[str, str]:
    return {"list": name, "drawer": f"{name}_drawer", "export": f"{name}_export"}


GRANTS.bind_names(list="orgs:grants", drawer="orgs:grant", export="orgs:grants_export")

urlpatterns = [
    path("sign-in", sign_in.sign_in, name="sign_in"),
    path("sign-in/code", sign_in.second_factor_page, name="second_factor"),
    path("sign-out", sign_in.sign_out, name="sign_out"),
    path("demo/sign-in", sign_in.demo_sign_in, name="demo_sign_in"),
    path("register", registrations.register, name="register"),
    path("register/state", registrations.state, name="registration_state"),
    path("account/", account.account, name="account"),
    path("account/password", sign_in.change_password, name="change_password"),
    path("account/authenticator", sign_in.enrol, name="enrol"),
    path("account/recovery-codes", account.renew_recovery, name="renew_recovery"),
    path("account/post", account.switch_post, name="switch_post"),
    path("account/sessions", account.end_session, name="end_session"),
    path("account/tokens", tokens.mine, name="tokens"),
    path("account/tokens/<int:pk>/revoke", tokens.revoke, name="revoke_token"),
    path("people/<int:pk>/tokens", tokens.of_person, name="person_tokens"),
    *UNITS.urls("orgs:", "units/", _names("units")),
    path("units/new", units.new, name="new_unit"),
    path("units/<int:pk>/", units.show, name="unit"),
    path("units/<int:pk>/correct", units.correct, name="correct_unit"),
    path("units/<int:pk>/rename", units.rename, name="rename_unit"),
    path("units/<int:pk>/close", units.close, name="close_unit"),
    path("units/<int:pk>/posts/new", units.new_post, name="new_post"),
    path("units/<int:pk>/people/new", units.new_person, name="new_person"),
    path("posts/<int:pk>/close", units.close_post, name="close_post"),
    path("posts/<int:pk>/hand-over", people.hand_over, name="hand_over"),
    path("posts/<int:pk>/delegate", people.delegate, name="delegate"),
    *PEOPLE.urls("orgs:", "people/", _names("people")),
    path("people/import", people.import_people, name="import_people"),
    path("people/<int:pk>/", people.show, name="person"),
    path("people/<int:pk>/update", people.update, name="update_person"),
    path("people/<int:pk>/disable", people.disable, name="disable_person"),
    path("people/<int:pk>/enable", people.enable, name="enable_person"),
    path("people/<int:pk>/reset-password", people.reset_password, name="reset_password"),
    path("people/<int:pk>/reset-second-factor", people.reset_second_factor, name="reset_second_factor"),
    path("people/<int:pk>/unlock", people.unlock, name="unlock_sign_in"),
    path("people/<int:pk>/appoint", people.appoint, name="appoint"),
    path("holdings/<int:pk>/end", people.end_holding, name="end_holding"),
    path("delegations/<int:pk>/end", people.end_delegation, name="end_delegation"),
    path("grants/", grants.list_page, name="grants"),
    path("grants/new", grants.new, name="new_grant"),
    path("grants/matrix", grants.matrix, name="matrix"),
    path("grants/export.<str:form>", GRANTS.export_view, name="grants_export"),
    path("grants/<int:pk>/", grants.show, name="grant"),
    path("grants/<int:pk>/revoke", grants.revoke, name="revoke_role"),
    path("regions/", regions.browse, name="regions"),
    path("regions/<int:pk>/", regions.browse, name="region"),
    *REGISTRATIONS.urls("orgs:", "registrations/", _names("registrations")),
    path("registrations/<int:pk>/", registrations.show, name="registration"),
    path("registrations/<int:pk>/letter", registrations.letter, name="letter"),
    path("registrations/<int:pk>/decide", registrations.decide, name="decide_registration"),
    path("audit/trace", trace.page, name="trace"),
    *AUDIT.urls("orgs:", "audit/", _names("audit")),
]
