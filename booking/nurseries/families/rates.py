"""How often one may begin a request, keep a step, send a document."""

from booking.residents.limits import Limit

STARTS = Limit("demande-creche", 6, 60, 3600)
UPLOADS = Limit("document-creche", 60, 600, 3600)
