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
-- each text is searched once more.
local EMPTY_LIST = { '<an empty list>' }
local MARK = cjson.encode(EMPTY_LIST)
local READ, WRITTEN = '": ?\\[\\]', '\\["<an empty list>"\\]'

return {
    decode = function(text)
        return cjson.decode((ngx.re.gsub(text, READ, '":' .. MARK, 'jo')))
    end,
    encode = function(document)
        return (ngx.re.gsub(cjson.encode(document), WRITTEN, '[]', 'jo'))
    end,
    EMPTY_LIST = EMPTY_LIST,
}
