-- SPDX-License-Identifier: Apache-2.0
-- wrk: one POST again and again (BENCH_TOKEN, BENCH_BODY), or requests that are ready in a file, each sent once, in order, until the
-- file ends (BENCH_REQUESTS names it: before each request its length in decimal and a newline; one thread only). Ends with one line
-- of JSON. "dry" says that the file ended before the time did: then the rate is too low, because wrk counts the whole time.
local ready = os.getenv("BENCH_REQUESTS")
local file, last, asked, thread
dry = 0

function setup(t)
  thread = t
end

if ready then
  function init(args)
    file = assert(io.open(ready, "rb"))
  end

  -- wrk asks once before it begins, to see what kind of request it is; that one is then sent as the first.
  function request()
    if last and not asked then
      asked = true
      return last
    end
    local n = file:read("*n")
    if n then
      file:read(1)
      last = file:read(n)
    else
      dry = 1
      wrk.thread:stop()
    end
    return last
  end
else
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/json"
  wrk.headers["Authorization"] = "Bearer " .. (os.getenv("BENCH_TOKEN") or "")
  wrk.body = os.getenv("BENCH_BODY")
end

done = function(summary, latency)
  local e = summary.errors
  io.write(string.format(
    '\nJSON {"requests":%d,"seconds":%.6f,"p50":%.3f,"p99":%.3f,"max":%.3f,"failed":%d,"dry":%d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1000, latency:percentile(99) / 1000, latency.max / 1000,
    e.connect + e.read + e.write + e.status + e.timeout,
    thread:get("dry")))
end
