"""What Playwright recorded, without what nobody may read: traces and HAR files on their way out of a run.

Two rules. What is not known to be harmless is left out: every field, member and type of body has to be
named in one of the tables here, so that what a later Playwright adds does not pass by itself. And what is
named goes through the :class:`~harness.redact.Redactor`, which reads the whole recording before anything is
written, so that a credential is found wherever it turns up. Of a brand of one's own, whose people nobody
knows, nothing is kept of what pages said: no document, no body, no console.
"""

from harness.scrub.har import scrub_har
from harness.scrub.material import Material
from harness.scrub.people import personal_values, sample_people
from harness.scrub.trace import scrub_trace

__all__ = ["Material", "personal_values", "sample_people", "scrub_har", "scrub_trace"]
