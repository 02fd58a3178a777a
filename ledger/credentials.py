"""What proves that somebody is an account's owner: password, factors, codes.

Of every secret only the id and the binding of its row are recorded.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ledger import factors
from ledger.aggregate import Aggregate, Personal, event
from ledger.factors import PASSKEY, TOTP, Binding, Factor, credentials_id
from ledger.refusals import NoSuchFactor, TokenGone, TwoFactorIsOff


class Credentials(Aggregate, created_event_name="Begun"):
    """The credentials of an account or a member of staff.

    The epoch rises whenever what was handed out before (links, challenges) must die.
    The stream begins with the first change; until then the sign-up's password is all.
    """

    TOPIC = "credentials"

    class Event(Aggregate.Event):
        TOPIC = "credentials.Event"

    class Begun(Event, Aggregate.Created):
        """`secret_*` name the password's row, and bind it."""

        TOPIC = "credentials.Begun"
        account_id: UUID
        secret_id: UUID
        secret_mac: str
        secret_mac_key_id: UUID

    class PasswordChanged(Event):
        """`how` is changed or reset."""

        TOPIC = "credentials.PasswordChanged"
        secret_id: UUID
        secret_mac: str
        secret_mac_key_id: UUID
        how: str

    class PasswordVoided(Event):
        """Only a reset gives a new one; `why` is email_change_undone."""

        TOPIC = "credentials.PasswordVoided"
        why: str

    class ResetRequested(Event):
        TOPIC = "credentials.ResetRequested"
        reset_id: UUID
        expires_at: datetime

    class FactorAdded(Event):
        """`kind` is totp or passkey; `secret_*` name its row, and bind it."""

        TOPIC = "credentials.FactorAdded"
        factor_id: UUID
        kind: str
        name: Personal
        secret_id: UUID
        secret_mac: str
        secret_mac_key_id: UUID

    class FactorRemoved(Event):
        TOPIC = "credentials.FactorRemoved"
        factor_id: UUID

    class RecoveryCodesIssued(Event):
        TOPIC = "credentials.RecoveryCodesIssued"
        secret_id: UUID
        secret_mac: str
        secret_mac_key_id: UUID
        count: int

    class RecoveryCodeUsed(Event):
        TOPIC = "credentials.RecoveryCodeUsed"
        secret_id: UUID
        number: int
        left: int

    class TwoFactorTurnedOff(Event):
        """`why` is customer or staff_reset; all factors and codes are gone."""

        TOPIC = "credentials.TwoFactorTurnedOff"
        why: str

    class FactorResetStarted(Event):
        """Staff turns two-factor off at `due_at`, unless somebody says no."""

        TOPIC = "credentials.FactorResetStarted"
        reset_id: UUID
        due_at: datetime
        reason: Personal

    class FactorResetCancelled(Event):
        """`by` is customer or staff."""

        TOPIC = "credentials.FactorResetCancelled"
        reset_id: UUID
        by: str

    class EpochRaised(Event):
        """Links and challenges made so far are void; `why` says what happened."""

        TOPIC = "credentials.EpochRaised"
        why: str

    def __init__(
        self,
        account_id: UUID,
        secret_id: UUID,
        secret_mac: str,
        secret_mac_key_id: UUID,
    ) -> None:
        self.account_id = account_id
        self.password: Binding | None = Binding(
            secret_id, secret_mac, secret_mac_key_id
        )
        self.epoch = 1
        self.factors: dict[UUID, Factor] = {}
        self.codes: Binding | None = None
        self.codes_left = 0
        self.reset_due: tuple[UUID, datetime] | None = None

    @classmethod
    def begin(cls, account_id: UUID, password: Binding) -> Credentials:
        """Begin the stream with the password that was chosen first."""
        return cls._create(
            event_class=cls.Begun,
            id=credentials_id(account_id),
            account_id=account_id,
            **password._asdict(),
        )

    @property
    def two_factor(self) -> bool:
        """Whether a second factor is asked for."""
        return bool(self.factors)

    def factor(self, factor_id: UUID) -> Factor:
        """Return a factor. Raises NoSuchFactor."""
        if factor_id not in self.factors:
            raise NoSuchFactor(factor_id=factor_id)
        return self.factors[factor_id]

    def change_password(self, password: Binding, how: str) -> None:
        """Sign in with another password from now on."""
        assert how in ("changed", "reset")
        self._password_changed(**password._asdict(), how=how)

    def void_password(self, why: str) -> None:
        """Let nobody sign in before the password was reset by mail."""
        if self.password is not None:
            self._password_voided(why=why)

    def request_reset(self, reset_id: UUID, expires_at: datetime) -> None:
        """Note that somebody asked for a reset by mail."""
        self._reset_requested(reset_id=reset_id, expires_at=expires_at)

    def add_factor(
        self, factor_id: UUID, kind: str, name: str | None, secret: Binding
    ) -> None:
        """Ask for this factor, or another one of the account, at sign-in."""
        assert kind in (TOTP, PASSKEY)
        assert factor_id not in self.factors
        self._factor_added(
            factor_id=factor_id, kind=kind, name=name, **secret._asdict()
        )

    def remove_factor(self, factor_id: UUID) -> None:
        """Forget one of several factors; the last one turns two-factor off.

        Raises NoSuchFactor.
        """
        self.factor(factor_id)
        if len(self.factors) == 1:
            self._two_factor_turned_off(why="customer")
        else:
            self._factor_removed(factor_id=factor_id)

    def issue_codes(self, secret: Binding, count: int) -> None:
        """Take these recovery codes, and none from before. Raises TwoFactorIsOff."""
        if not self.two_factor:
            raise TwoFactorIsOff
        self._recovery_codes_issued(**secret._asdict(), count=count)

    def use_code(self, number: int) -> None:
        """Use up a recovery code, whose row tells whether it was good."""
        assert self.codes is not None
        secret_id, left = self.codes.secret_id, self.codes_left - 1
        assert left >= 0
        self._recovery_code_used(secret_id=secret_id, number=number, left=left)

    def turn_off(self, why: str) -> None:
        """Ask for the password alone from now on. Raises TwoFactorIsOff."""
        if not self.two_factor:
            raise TwoFactorIsOff
        self._two_factor_turned_off(why=why)

    def start_factor_reset(
        self, reset_id: UUID, now: datetime, reason: str
    ) -> datetime:
        """Turn two-factor off in 72 hours. Raises TwoFactorIsOff."""
        if not self.two_factor:
            raise TwoFactorIsOff
        if self.reset_due is None:
            due_at = now + factors.FACTOR_RESET_DELAY
            self._factor_reset_started(reset_id=reset_id, due_at=due_at, reason=reason)
        assert self.reset_due is not None
        return self.reset_due[1]

    def cancel_factor_reset(self, by: str) -> None:
        """Keep two-factor on. Raises TokenGone when no reset is under way."""
        if self.reset_due is None:
            raise TokenGone
        self._factor_reset_cancelled(reset_id=self.reset_due[0], by=by)

    def finish_factor_reset(self, now: datetime) -> None:
        """Do what staff started 72 hours ago. Raises TokenGone when it is not due."""
        if self.reset_due is None or now < self.reset_due[1]:
            raise TokenGone
        self._two_factor_turned_off(why="staff_reset")

    def raise_epoch(self, why: str) -> None:
        """Void every link and challenge that was made so far."""
        self._epoch_raised(why=why)

    @event(PasswordChanged)
    def _password_changed(
        self, secret_id: UUID, secret_mac: str, secret_mac_key_id: UUID, how: str
    ) -> None:
        self.password = Binding(secret_id, secret_mac, secret_mac_key_id)
        self.epoch += 1

    @event(PasswordVoided)
    def _password_voided(self, why: str) -> None:
        self.password = None
        self.epoch += 1

    @event(ResetRequested)
    def _reset_requested(self, reset_id: UUID, expires_at: datetime) -> None:
        pass

    @event(FactorAdded)
    def _factor_added(
        self,
        factor_id: UUID,
        kind: str,
        name: str | None,
        secret_id: UUID,
        secret_mac: str,
        secret_mac_key_id: UUID,
    ) -> None:
        binding = Binding(secret_id, secret_mac, secret_mac_key_id)
        self.factors[factor_id] = Factor(factor_id, kind, name, binding)
        self.epoch += 1

    @event(FactorRemoved)
    def _factor_removed(self, factor_id: UUID) -> None:
        del self.factors[factor_id]
        self.epoch += 1

    @event(RecoveryCodesIssued)
    def _recovery_codes_issued(
        self, secret_id: UUID, secret_mac: str, secret_mac_key_id: UUID, count: int
    ) -> None:
        self.codes = Binding(secret_id, secret_mac, secret_mac_key_id)
        self.codes_left = count

    @event(RecoveryCodeUsed)
    def _recovery_code_used(self, secret_id: UUID, number: int, left: int) -> None:
        self.codes_left = left

    @event(TwoFactorTurnedOff)
    def _two_factor_turned_off(self, why: str) -> None:
        self.factors = {}
        self.codes = None
        self.codes_left = 0
        self.reset_due = None
        self.epoch += 1

    @event(FactorResetStarted)
    def _factor_reset_started(
        self, reset_id: UUID, due_at: datetime, reason: str | None
    ) -> None:
        self.reset_due = (reset_id, due_at)

    @event(FactorResetCancelled)
    def _factor_reset_cancelled(self, reset_id: UUID, by: str) -> None:
        self.reset_due = None

    @event(EpochRaised)
    def _epoch_raised(self, why: str) -> None:
        self.epoch += 1
