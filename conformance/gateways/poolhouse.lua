-- Asks Poolhouse whether a request may pass: the answer's status is left in txn.verdict, and what it says of the
-- caller in the request's headers.

local TOLD = { "x-auth-user", "x-auth-sub", "x-auth-groups", "x-auth-scope", "x-auth-client" }

-- HAProxy counts the values of a header from 0, and takes them from 1.
local function values(headers, name)
    local list = {}
    for index = 0, #(headers[name] or {}) do
        list[#list + 1] = headers[name] and headers[name][index]
    end
    return list
end

core.register_action("poolhouse", { "http-req" }, function(txn, endpoint)
    local headers = txn.http:req_get_headers()
    local answer = core.httpclient():get {
        url = endpoint .. "?" .. txn:get_var("txn.demand"),
        headers = {
            authorization = values(headers, "authorization"),
            cookie = values(headers, "cookie"),
            ["x-forwarded-for"] = { txn.f:src() },
        },
    }
    txn:set_var("txn.verdict", answer.status)
    local challenge = values(answer.headers or {}, "www-authenticate")[1]
    if challenge then
        txn:set_var("txn.challenge", challenge)
    end
    if answer.status == 200 then
        for _, name in ipairs(TOLD) do
            local value = values(answer.headers, name)[1]
            if value then
                txn.http:req_set_header(name, value)
            end
        end
    end
end, 1)
