"""What a service counts. Labels come from contracts only, so that their number is bounded."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

_FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15)
_SLOW = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 1800)

RPC = Counter("xinlv_rpc_total", "RPC calls by method and outcome", ["method", "outcome"])
RPC_SECONDS = Histogram("xinlv_rpc_seconds", "From taking a call to its answer", ["method"], buckets=_FAST)
RPC_BUSY = Gauge("xinlv_rpc_busy", "Calls being answered now")
EVENTS = Counter("xinlv_events_total", "Events by type and outcome of handling", ["type", "outcome"])
EVENTS_SECONDS = Histogram(
    "xinlv_events_handling_seconds", "A batch of events in one transaction", buckets=_FAST
)
EVENTS_BATCH = Histogram(
    "xinlv_events_batch", "Events taken together", buckets=(1, 2, 5, 10, 20, 50, 100, 200)
)
END_TO_END = Histogram(
    "xinlv_events_end_to_end_seconds", "From being told to being handled", ["type"], buckets=_SLOW
)
REPEATS = Counter("xinlv_events_repeated_total", "Events that came again and changed nothing", ["type"])
OUTBOX_DEPTH = Gauge("xinlv_outbox_depth", "Events that wait to be published")
OUTBOX_AGE = Gauge("xinlv_outbox_oldest_seconds", "How long the oldest of them has waited")
RELAYED = Counter("xinlv_relay_events_total", "Events published, by what became of them", ["receipt"])
RELAY_BATCHES = Counter("xinlv_relay_batches_total", "Batches the relay published")
PARKED = Gauge("xinlv_parked", "Messages set aside and waiting for a person")
INBOX_DEPTH = Gauge("xinlv_inbox_depth", "Events in the inbox that nobody has taken yet")
JOBS_OPEN = Gauge("xinlv_jobs_open", "Jobs not yet ended")
JOB_STEPS = Counter("xinlv_job_steps_total", "Steps of jobs and rounds of loops that did something", ["name"])
LOOP_ERRORS = Counter("xinlv_background_errors_total", "Background work that failed", ["name"])
READY = Gauge("xinlv_ready", "Whether broker and database answer and indexes stand")
