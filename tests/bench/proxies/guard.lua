-- What the guard does, as an operator might write it in nginx: see lua.conf.
local cjson = require 'cjson'
local json = require 'json'

local Guard = {}
Guard.__index = Guard

-- people: by token, its user, project and roles, as JSON. shown_to and
-- changed_by: by attribute and by field, the roles of which one is enough.
-- path: where decisions are appended.
local function new(people, shown_to, changed_by, path)
    local known = cjson.decode(people)
    for _, caller in pairs(known) do
        caller.has = {}
        for _, role in ipairs(caller.roles) do caller.has[role] = true end
    end
    local decisions = assert(io.open(path, 'a'))
    -- Each line is one write.
    decisions:setvbuf('no')
    return setmetatable({
        people = known,
        shown_to = cjson.decode(shown_to),
        changed_by = cjson.decode(changed_by),
        decisions = decisions,
    }, Guard)
end

local function has_one(caller, roles)
    for _, role in ipairs(roles) do
        if caller.has[role] then return true end
    end
    return false
end

local function refuse(decision, status, layer, rule)
    decision.verdict = 'refuse'
    decision.layer, decision.rule = layer, rule
    ngx.status = status
    ngx.header['Content-Type'] = 'application/json'
    ngx.say(cjson.encode({
        badRequest = { code = status, message = 'The request is refused' },
    }))
    return ngx.exit(status)
end

-- Refuse a request that is guarded, unless its caller may send it.
function Guard:check()
    local server = ngx.var.uri:match('^/v2%.1/servers(.*)$')
    if not server then return end
    local headers = ngx.req.get_headers()
    local version = headers['OpenStack-API-Version'] or 'compute 2.1'
    local decision = {
        request_id = 'req-' .. ngx.var.request_id,
        client = headers['User-Agent'],
        server_id = server:match('^/(%x+-[%x-]+)$') or cjson.null,
        microversion = version:match('[%d.]+$'),
        operation = ngx.req.get_method() == 'PUT' and 'update' or 'read',
        fields = json.EMPTY_LIST,
        verdict = 'allow',
    }
    ngx.ctx.decision = decision
    local caller = self.people[headers['X-Auth-Token']]
    if not caller then
        return refuse(decision, 401, cjson.null, 'no verified identity')
    end
    decision.caller = caller
    if decision.operation == 'update' then
        return self:check_update(decision, caller)
    end
end

function Guard:check_update(decision, caller)
    ngx.req.read_body()
    local document = json.decode(ngx.req.get_body_data())
    local fields = {}
    for name in pairs(document.server) do fields[#fields + 1] = name end
    decision.fields = fields
    if #fields ~= 1 then
        local rule = #fields .. ' parameters'
        return refuse(decision, 400, 'one_parameter', rule)
    end
    local roles = self.changed_by[fields[1]]
    if not (roles and has_one(caller, roles)) then
        local rule = 'update_guard:server:update:' .. fields[1]
        return refuse(decision, 403, 'field_policy', rule)
    end
    ngx.req.set_body_data(json.encode(document))
end

function Guard:head()
    local decision = ngx.ctx.decision
    if decision then
        ngx.header['x-openstack-request-id'] = decision.request_id
        ngx.header.content_length = nil
    end
end

function Guard:hidden_from(caller)
    local hidden = {}
    for name, roles in pairs(self.shown_to) do
        if not has_one(caller, roles) then hidden[#hidden + 1] = name end
    end
    return hidden
end

-- Return by name how many attributes were taken out of servers.
local function take(hidden, servers)
    local taken = {}
    for _, server in ipairs(servers) do
        for _, name in ipairs(hidden) do
            if server[name] ~= nil then
                server[name] = nil
                taken[name] = (taken[name] or 0) + 1
            end
        end
    end
    return taken
end

-- Finish a response when all of it is there: without hidden attributes, and
-- after the record of the decision.
function Guard:finish()
    local decision = ngx.ctx.decision
    if not decision then return end
    local parts = ngx.ctx.parts or {}
    ngx.ctx.parts = parts
    parts[#parts + 1] = ngx.arg[1]
    if not ngx.arg[2] then
        ngx.arg[1] = nil
        return
    end
    local text = table.concat(parts)
    decision.status = ngx.status
    if decision.verdict ~= 'refuse' and ngx.status < 300 then
        text = self:redacted(text, decision)
    end
    self:record(decision)
    ngx.arg[1] = text
end

function Guard:redacted(text, decision)
    local hidden = self:hidden_from(decision.caller)
    if #hidden == 0 then return text end
    local document = json.decode(text)
    local servers = document.servers or { document.server }
    local taken = take(hidden, servers)
    if next(taken) then
        decision.verdict, decision.layer = 'redact', 'response_redaction'
        decision.redacted, decision.documents = taken, #servers
    end
    return json.encode(document)
end

-- Append the decision, of a read only if it was refused: as the guard does,
-- unless it is told otherwise.
function Guard:record(decision)
    if decision.operation == 'read' and decision.verdict ~= 'refuse' then
        return
    end
    local now, caller = ngx.now(), decision.caller or {}
    local of_nova = tonumber(ngx.var.upstream_response_time) or 0
    decision.time = os.date('!%Y-%m-%dT%H:%M:%S', now)
        .. ('%.6fZ'):format(now % 1):sub(2)
    decision.caller = nil
    decision.user_id = caller.user_id or cjson.null
    decision.project_id = caller.project_id or cjson.null
    decision.roles = caller.roles or json.EMPTY_LIST
    decision.layer = decision.layer or cjson.null
    decision.rule = decision.rule or cjson.null
    decision.mode, decision.revision = 'enforce', '1'
    decision.nova_microseconds = of_nova * 1e6
    decision.microseconds = (now - ngx.req.start_time() - of_nova) * 1e6
    decision.sample = 1
    self.decisions:write(json.encode(decision) .. '\n')
end

return { new = new }
