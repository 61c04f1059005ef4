"""The mapped classes, one module per theme. They know columns and keys, never rules."""

from records.tables.absence import LeavePeriod
from records.tables.administration import AdminEntry
from records.tables.calendar import CalendarRound, CalendarStart
from records.tables.cases import AccessEntry, Case, CaseCounter, CaseParty, CaseRole, Child
from records.tables.consents import Consent, GuestLink
from records.tables.documents import Document, DocumentVersion, JournalEntry
from records.tables.figures import FigureFact
from records.tables.files import (
    Attachment,
    AttachmentPart,
    DocumentDelivery,
    DocumentFile,
    DocumentFiling,
    DocumentJob,
    DocumentRecipient,
)
from records.tables.guides import Guide, GuideReading, GuideVersion
from records.tables.invitations import CalendarFeed, MeetingInvitation, MeetingReply, MeetingTime
from records.tables.meetings import Meeting, MeetingItem, MeetingParticipant, MeetingSlot
from records.tables.people import (
    ApiToken,
    ClosingDay,
    IdempotencyKey,
    OrgUnit,
    Person,
    RoleHolding,
    SignInAttempt,
    SignInSession,
    WorkGroup,
)
from records.tables.procedures import BundleFile, Instance, Procedure, ProcedureVersion, StepEntry
from records.tables.registers import CourseMark, RegisterChange, RegisterRow
from records.tables.revisions import CourseMove, ProcedureDraft
from records.tables.running import ClockOffset, Incident, Message, Outbox, Receiver, Timer
from records.tables.work import Deadline, Draft, Notice, Submission, Task

__all__ = [
    "AccessEntry",
    "AdminEntry",
    "ApiToken",
    "Attachment",
    "AttachmentPart",
    "BundleFile",
    "CalendarFeed",
    "CalendarRound",
    "CalendarStart",
    "Case",
    "CaseCounter",
    "CaseParty",
    "CaseRole",
    "Child",
    "ClockOffset",
    "ClosingDay",
    "Consent",
    "CourseMark",
    "CourseMove",
    "Deadline",
    "Document",
    "DocumentDelivery",
    "DocumentFile",
    "DocumentFiling",
    "DocumentJob",
    "DocumentRecipient",
    "DocumentVersion",
    "Draft",
    "FigureFact",
    "GuestLink",
    "Guide",
    "GuideReading",
    "GuideVersion",
    "IdempotencyKey",
    "Incident",
    "Instance",
    "JournalEntry",
    "LeavePeriod",
    "Meeting",
    "MeetingInvitation",
    "MeetingItem",
    "MeetingParticipant",
    "MeetingReply",
    "MeetingSlot",
    "MeetingTime",
    "Message",
    "Notice",
    "OrgUnit",
    "Outbox",
    "Person",
    "Procedure",
    "ProcedureDraft",
    "ProcedureVersion",
    "Receiver",
    "RegisterChange",
    "RegisterRow",
    "RoleHolding",
    "SignInAttempt",
    "SignInSession",
    "StepEntry",
    "Submission",
    "Task",
    "Timer",
    "WorkGroup",
]
