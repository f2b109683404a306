-- What wrk found, as one line of JSON for bench/load.py.
done = function(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    '\nfigures {"requests": %d, "seconds": %f, "p50_ms": %f, "p95_ms": %f, "failed": %d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(95) / 1e3,
    errors.connect + errors.read + errors.write + errors.timeout + errors.status))
end
