-- JSON by lua-cjson, with empty lists that stay lists.
local cjson = require 'cjson'

if cjson.decode_array_with_array_mt then
    cjson.decode_array_with_array_mt(true)
    return {
        decode = cjson.decode,
        encode = cjson.encode,
        EMPTY_LIST = cjson.empty_array,
    }
end

-- That of Debian 12 makes them objects. A string stands for them meanwhile:
-- each text is searched once more, without patterns, which make a long list cost
-- Lua half as much again.
local EMPTY_LIST = { '<an empty list>' }
local MARK = cjson.encode(EMPTY_LIST)

local function replaced(text, old, new, is_meant)
    local parts, begin, from = {}, 1, 1
    while true do
        local first, last = text:find(old, from, true)
        if not first then break end
        if is_meant(text, first) then
            parts[#parts + 1] = text:sub(begin, first - 1)
            parts[#parts + 1] = new
            begin = last + 1
        end
        from = last + 1
    end
    parts[#parts + 1] = text:sub(begin)
    return table.concat(parts)
end

-- It is one also in a string, but for what is before it there.
local function is_value(text, first)
    local before = text:sub(first - 3, first - 1)
    return before == '": ' or before:sub(2) == '":'
end

return {
    decode = function(text)
        return cjson.decode(replaced(text, '[]', MARK, is_value))
    end,
    encode = function(document)
        local text = cjson.encode(document)
        return replaced(text, MARK, '[]', function() return true end)
    end,
    EMPTY_LIST = EMPTY_LIST,
}
