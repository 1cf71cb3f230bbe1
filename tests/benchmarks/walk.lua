-- wrk asks for the paths of a file, one in a line, in their order; each thread begins at another place.
-- Arguments: file, number of threads, and headers as "name: value".
local threads = 0

function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

function init(args)
  local headers = {}
  for i = 3, #args do
    local name, value = args[i]:match("^([^:]+):%s*(.*)$")
    headers[name] = value
  end
  paths, etags = {}, false
  for line in io.lines(args[1]) do
    local path, etag = line:match("^(%S+)%s*(.*)$")
    if etag ~= "" then headers["If-None-Match"] = etag end
    paths[#paths + 1] = wrk.format("GET", path, headers)
  end
  place = math.floor(#paths * number / tonumber(args[2]))
end

function request()
  place = place % #paths + 1
  return paths[place]
end

function done(summary, latency)
  local e = summary.errors
  io.write(string.format(
    '\nRESULT {"requests": %d, "microseconds": %d, "bytes": %d, "p50_us": %d, "p99_us": %d, "errors": %d}\n',
    summary.requests, summary.duration, summary.bytes, latency:percentile(50), latency:percentile(99),
    e.connect + e.read + e.write + e.status + e.timeout))
end
