"""The door for local accounts: turns `tasks.signin` into sessions. OIDC will stand behind the same one."""

from __future__ import annotations

from host.app import App
from host.clock import wall
from host.demo import PASSWORD, sign_ins
from tasks import organisation_pages, signin
from tasks.errors import Refused
from tasks.people import SYSTEM
from tasks.shell import Shell, read_shell, visit
from web.current import Visitor
from web.pages.session import DemoAccount
from web.session import SignedIn


class LocalDoor:
    """Local accounts with passwords."""

    def __init__(self, app: App) -> None:
        """Sign people in to this service."""
        self._app = app

    def sign_in(self, username: str, password: str, address: str) -> SignedIn:
        """Open a session. Raises Refused in Danish on a wrong password or too many attempts."""
        command = signin.SignIn(username, password, address, wall())
        opened = self._app.run(signin.sign_in, SYSTEM, command)
        if opened.token is None or opened.person_id is None:
            raise Refused(opened.refusal or signin.WRONG)
        shell = self._app.read(read_shell, SYSTEM, opened.person_id)
        return SignedIn(opened.token, _visitor(shell))

    def resume(self, token: str) -> Visitor | None:
        """Return who the session belongs to, None when it has ended; its use is noted once a minute."""
        command = signin.Resume(token, wall())
        found = self._app.read(visit, SYSTEM, command)
        if found is None:
            return None
        if found.stale:
            self._app.run(signin.touch, SYSTEM, command)
        return _visitor(found.shell)

    def sign_out(self, token: str) -> None:
        """End the session."""
        self._app.run(signin.sign_out, SYSTEM, signin.Resume(token, wall()))

    def demo_accounts(self) -> tuple[DemoAccount, ...]:
        """Return the accounts the sign-in page offers in demo mode: one per role, then all the others."""
        if not self._app.settings.demo:
            return ()
        first = [
            DemoAccount(account.name, account.role, account.username, PASSWORD, first=True)
            for account in sign_ins(self._app)
        ]
        taken = {account.username for account in first}
        others = self._app.read(organisation_pages.list_accounts, SYSTEM, None)
        return (
            *first,
            *(
                DemoAccount(name, title, username, PASSWORD)
                for username, name, title in others
                if username not in taken
            ),
        )


def _visitor(shell: Shell) -> Visitor:
    return Visitor(
        str(shell.actor.person_id),
        shell.actor.name,
        shell.title,
        shell.may_administer,
        shell.may_see_incidents,
        shell.unread,
        shell.leads,
        shell.limited,
        shell.meets,
        shell.actor,
    )
