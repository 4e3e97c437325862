-- For wrk: requests in turn, and what came of them as JSON.
-- ask.lua METHOD VERSION CONNECTION FILE FIRST LIMIT
-- FILE has a line for each request: its token, path and body, with tabs
-- between them; an empty body is none. FIRST is the one to begin with, LIMIT
-- how many are sent at most; 0 is no limit.
local messages = {}

local function message(line)
    local token, path, body = line:match('^(.*)\t(.*)\t(.*)$')
    wrk.headers['X-Auth-Token'] = token
    if body ~= '' then
        wrk.body = body
        wrk.headers['Content-Type'] = 'application/json'
    end
    return wrk.format(nil, path)
end

function init(arguments)
    local method, version, connection, file, first, most = unpack(arguments)
    wrk.method = method
    wrk.headers['OpenStack-API-Version'] = 'compute ' .. version
    wrk.headers['User-Agent'] = 'bench'
    wrk.headers['Connection'] = connection
    for line in io.lines(file) do messages[#messages + 1] = message(line) end
    most = tonumber(most)
    if #messages > 1 or most > 0 then in_turn(tonumber(first), most) end
end

function in_turn(first, most)
    -- wrk asks for one before it begins.
    local asked, allowed = first - 2, 0
    function request()
        asked = asked + 1
        return messages[asked % #messages + 1]
    end
    if most == 0 then return end
    -- In milliseconds: none, or longer than wrk runs.
    function delay()
        allowed = allowed + 1
        return allowed <= most and 0 or 600000
    end
end

function done(summary, latency)
    local failed = {}
    for kind, count in pairs(summary.errors) do
        if count > 0 then failed[#failed + 1] = kind .. ' ' .. count end
    end
    io.write(string.format(
        'found {"requests": %d, "failed": "%s", "seconds": %f, ' ..
        '"median": %f, "p99": %f}\n',
        summary.requests, table.concat(failed, ', '),
        summary.duration / 1e6,
        latency:percentile(50) / 1e6, latency:percentile(99) / 1e6
    ))
end
