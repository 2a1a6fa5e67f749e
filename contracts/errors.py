"""What can go wrong, as one tree; each leaf is one kind of thing a person has to do.

    SeamkeeperError
    ├── ConfigurationError      a setting, environment variable or sources.toml is wrong
    │   ├── ContractError       a contract or organisation.yaml is wrong: file, line, key, remedy
    │   └── StaleError          compiled files do not match the contracts: run `seamkeeper compile`
    ├── QuestionError           a metric, handoff or period that was asked for does not exist: names what does
    ├── SourceError             a source is missing, unreadable or has the wrong columns
    │   └── NotAllowedError     a source refuses what a scope or right is missing for: grant it
    ├── LedgerError             the ledger is damaged, or could not be written
    ├── LeaseHeld               another run holds the lease (exit code 3)
    ├── LeaseLost               this run's lease was taken over: it may not write any more
    ├── WarehouseError          the working database could not be opened, read or written
    ├── TransformError          a dbt model or test failed: our bug, not a verdict
    ├── NotJudgedError          a field that judging a handoff needs is not there: the rest is published
    ├── JudgementError          an expectation could not be evaluated: never counted as a failing packet
    ├── PublishError            a generation could not be written or did not pass its checks
    └── UntakenError            others did not take what they were to be told: all is published, it waits
        ├── DeskError           a desk, a ticket
        ├── WriteBackError      a source, what its records were to say
        ├── EventError          Prefect's server, an event
        └── AnchorError         the operator's command, the ledger's head

A message says what, where and what to do next, in one line. Foreign errors are mapped at the module that owns
the dependency; nothing else catches them.
"""


class SeamkeeperError(Exception):
    """Base of every error that is explained to a person in one line."""


class ConfigurationError(SeamkeeperError):
    """A setting, an environment variable or `sources.toml` is wrong."""


class ContractError(ConfigurationError):
    """A contract or `organisation.yaml` is wrong; names file, line, key and what to write instead."""


class StaleError(ConfigurationError):
    """Compiled files do not match the contracts they come from."""


class QuestionError(SeamkeeperError):
    """What a person asked to see does not exist; names what does."""


class SourceError(SeamkeeperError):
    """A source is missing, unreadable or has the wrong columns."""


class NotAllowedError(SourceError):
    """A source refuses what a scope or right is missing for; names it where the source does."""


class LedgerError(SeamkeeperError):
    """The ledger is damaged (names the first bad segment and row) or could not be written."""


class LeaseHeld(SeamkeeperError):
    """Another run holds the single-writer lease; names the holder."""


class LeaseLost(SeamkeeperError):
    """This run's lease was taken over, so it may not write any more."""


class WarehouseError(SeamkeeperError):
    """The working database could not be opened, read or written."""


class TransformError(SeamkeeperError):
    """A dbt model or one of dbt's tests of our own SQL failed."""


class JudgementError(SeamkeeperError):
    """An expectation could not be evaluated; it is never counted as a failing packet."""


class NotJudgedError(SeamkeeperError):
    """A handoff maps a property that its source does not have; it is not judged, or its decisions do not count, and all
    else is published."""


class PublishError(SeamkeeperError):
    """A generation could not be written or did not pass its checks; the last good one stays current."""


class UntakenError(SeamkeeperError):
    """Others did not take what they were to be told; everything is published, the next run tells them."""


class DeskError(UntakenError):
    """A desk did not take what was sent: it waits in the outbox."""


class WriteBackError(UntakenError):
    """A source did not take what its records were to say of their gates."""


class EventError(UntakenError):
    """Prefect's server did not take an event."""


class AnchorError(UntakenError):
    """The command that keeps the ledger's head elsewhere failed."""
