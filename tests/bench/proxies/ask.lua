-- For wrk: one request again and again, and what came of it as JSON.
-- ask.lua METHOD TOKEN VERSION [BODY]
function init(arguments)
    wrk.method = arguments[1]
    wrk.headers['X-Auth-Token'] = arguments[2]
    wrk.headers['OpenStack-API-Version'] = 'compute ' .. arguments[3]
    wrk.headers['User-Agent'] = 'bench'
    wrk.body = arguments[4]
    if wrk.body then
        wrk.headers['Content-Type'] = 'application/json'
    end
end

function done(summary, latency)
    local failed = 0
    for _, count in pairs(summary.errors) do
        failed = failed + count
    end
    io.write(string.format(
        'found {"requests": %d, "failed": %d, "seconds": %f, ' ..
        '"median": %f}\n',
        summary.requests, failed, summary.duration / 1e6,
        latency:percentile(50) / 1e6
    ))
end
