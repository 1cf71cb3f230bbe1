"""Many requests in one: as parts of a multipart document (OData 4.0, 11.7) or as JSON (OData JSON Format 4.01, 19)."""

from api.sensorthings.batch.doing import Batch, goes_on
from api.sensorthings.batch.json_form import json_answer, read_json
from api.sensorthings.batch.multipart import multipart_answer, read_multipart
from api.sensorthings.batch.request import writes

__all__ = ["Batch", "goes_on", "json_answer", "multipart_answer", "read_json", "read_multipart", "writes"]
