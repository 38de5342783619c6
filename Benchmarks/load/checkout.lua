-- Drives orders through all steps of a checkout, each step behind the answer to the one before. FLOW names the steps: an
-- order that is paid outside, one that a provider takes the money of, the rival's order, or a bare lock and its redemption.
-- Coupons and users are drawn as in lock.lua. A checkout counts when an answer says that it is over.
--
-- No more orders are under way than LIMIT.
local ffi = require("ffi")
ffi.cdef [[
  struct moment { long seconds, nanoseconds; };
  int clock_gettime(int clock, struct moment *moment);
  const void *EVP_sha256(void);
  unsigned char *HMAC(const void *hash, const char *key, int key_length, const char *data, size_t length,
                      unsigned char *code, unsigned *code_length);
]]
local crypto = ffi.load("libcrypto.so.3")
local moment = ffi.new("struct moment")

local coupons = tonumber(os.getenv("COUPONS"))
local key = os.getenv("KEY")
local run = os.getenv("RUN")
local limit = tonumber(os.getenv("LIMIT"))
local secret = os.getenv("WEBHOOK_SECRET")
local paid = os.getenv("PAID")
local cart = [["cart":{"currency":"USD","lines":[{"id":"l1","product_id":"p1","quantity":1,"unit_price":10000}]}]]
-- Milliseconds: how long a customer takes to pay, when a message comes again that was not taken, how often an order is
-- looked at; and after how many looks the provider tells again.
local paying, message_again, looking, patience = 250, 500, 50, 40

local function now()
  ffi.C.clock_gettime(1, moment)
  return tonumber(moment.seconds) * 1000 + tonumber(moment.nanoseconds) / 1e6
end

local function code()
  return coupons == 1 and "HOT" or string.format("SCATTER-%04d", math.random(0, coupons - 1))
end

local function post(path, order, step, body)
  wrk.headers["Idempotency-Key"] = order.name .. "/" .. step
  return wrk.format("POST", path, nil, body or "{}")
end

local function get(path)
  wrk.headers["Idempotency-Key"] = nil
  return wrk.format("GET", path)
end

local function customer()
  return string.format('"customer":{"user_id":"u-%08x%08x"}', math.random(0, 2147483647), math.random(0, 2147483647))
end

-- Each step says what is asked and what the answer has to say. An answer that does not say it is a failure, except where
-- `again` names the step that is taken instead, after a pause. `rest` is the pause before a step.
local create = {
  ask = function(order)
    return post("/v1/orders", order, "create",
      string.format('{"id":"%s","codes":["%s"],%s,%s}', order.name, code(), customer(), cart))
  end,
  wants = '"state":"pending"',
}
local checkout = {
  ask = function(order) return post("/v1/orders/" .. order.name .. "/checkout", order, "checkout") end,
  wants = '"state":"processing"',
  learn = function(order, body) order.payment = body:match('"payment_id":"([^"]+)"') end,
}
local confirm = {
  ask = function(order) return post("/v1/orders/" .. order.name .. "/confirm", order, "confirm") end,
  wants = '"state":"paid"',
}
-- The customer's browser asks what to pay with.
local open = {
  ask = function(order) return get("/v1/payments/" .. order.payment .. "?wait_seconds=10") end,
  wants = '"state":"open"',
  learn = function(order, body) order.intent = body:match('"intent":"([^"]+)"') end,
}
-- The customer pays, which the double knows by a file, and the provider tells that something has happened to the intent.
local tell = {
  rest = paying,
  ask = function(order)
    io.open(paid .. "/" .. order.intent, "w"):close()
    local body = string.format('{"object":"event","type":"payment_intent.succeeded","data":{"object":' ..
      '{"object":"payment_intent","id":"%s","metadata":{"scrip_payment":"%s"}}}}', order.intent, order.payment)
    local time = os.time()
    local signed = time .. "." .. body
    local hash = ffi.new("unsigned char[32]")
    crypto.HMAC(crypto.EVP_sha256(), secret, #secret, signed, #signed, hash, nil)
    local digits = ffi.string(hash, 32):gsub(".", function(byte) return string.format("%02x", byte:byte()) end)
    wrk.headers["Stripe-Signature"] = "t=" .. time .. ",v1=" .. digits
    local request = post("/v1/webhooks/stripe/tenant_1", order, "tell", body)
    wrk.headers["Stripe-Signature"] = nil
    return request
  end,
  -- Somebody was looking at the payment; the message comes again.
  again = function(order, status) return status == 503 and order.step, message_again end,
}
local see = {
  ask = function(order) return get("/v1/orders/" .. order.name) end,
  wants = '"state":"paid"',
  rest = looking,
  again = function(order, status)
    order.looks = (order.looks or 0) + 1
    return status == 200 and (order.looks % patience == 0 and order.step - 1 or order.step), looking
  end,
}
local lock = {
  ask = function(order)
    return post("/v1/applications", order, "lock",
      string.format('{"order_id":"%s","codes":["%s"],%s,%s}', order.name, code(), customer(), cart))
  end,
  wants = '"state":"locked"',
  learn = function(order, body) order.application = body:match('"id":"([^"]+)"') end,
}
local redeem = {
  ask = function(order) return post("/v1/applications/" .. order.application .. "/redeem", order, "redeem") end,
  wants = '"state":"redeemed"',
}
local rival = {
  create = {
    ask = function(order)
      return post("/orders", order, "create", string.format(
        '{"user":%d,"code":"%s","items":[{"product_id":1,"quantity":1,"price":"100.00"}]}', math.random(1, 1000), code()))
    end,
    wants = '"status": "pending"',
    learn = function(order, body) order.number = body:match('"id": (%d+)') end,
  },
  checkout = {
    ask = function(order) return post("/orders/" .. order.number .. "/checkout", order, "checkout") end,
    wants = '"status": "processing"',
  },
  confirm = {
    ask = function(order) return post("/orders/" .. order.number .. "/confirm", order, "confirm") end,
    wants = '"status": "paid"',
  },
}
local flows = {
  outside = { create, checkout, confirm },
  provider = { create, checkout, open, tell, see },
  application = { lock, redeem },
  rival = { rival.create, rival.checkout, rival.confirm },
}
local steps = flows[os.getenv("FLOW")]

-- Orders by name. Those that wait for a connection, and those that one will come for: both by when their next step is due.
local orders, waiting, expected = {}, {}, {}
local number, under_way = 0, 0
-- Read by `done`: how many checkouts came to their end, and how many milliseconds each took.
finished, took, bad = 0, {}, 0
local threads = {}

local function put(queue, order)
  local place = #queue
  while place > 0 and queue[place].due > order.due do place = place - 1 end
  table.insert(queue, place + 1, order)
end

local function start()
  number, under_way = number + 1, under_way + 1
  local order = { name = string.format("%s-%d-%d", run, seed, number), step = 1, since = now(), due = now() }
  orders[order.name] = order
  return order
end

function setup(thread)
  seed = (seed or 0) + 1
  thread:set("seed", seed)
  table.insert(threads, thread)
end

function init(args)
  local mixed = seed * 104729
  for place = 1, #run do mixed = (mixed * 31 + run:byte(place)) % 2147483647 end
  math.randomseed(mixed)
  wrk.headers["Content-Type"] = "application/json"
  wrk.headers["Authorization"] = "Bearer " .. key
end

-- A connection is free: which order it goes on with, and how long until then.
function delay()
  local is_due = waiting[1] and (waiting[1].due <= now() or under_way >= limit)
  local order = is_due and table.remove(waiting, 1) or start()
  put(expected, order)
  return math.max(0, order.due - now())
end

function request()
  local order = table.remove(expected, 1) or start()
  -- Every answer says whose it is.
  wrk.headers["X-Request-Id"] = order.name
  return steps[order.step].ask(order)
end

local function go_on(order, step, rest)
  order.step, order.due = step, now() + (rest or 0)
  put(waiting, order)
end

local function end_of(order)
  orders[order.name] = nil
  under_way = under_way - 1
end

function response(status, headers, body)
  local order = orders[headers["X-Request-Id"]]
  local step = order and steps[order.step]
  if step and status < 300 and (not step.wants or body:find(step.wants, 1, true)) then
    if step.learn then step.learn(order, body) end
    local next_step = steps[order.step + 1]
    if next_step then return go_on(order, order.step + 1, next_step.rest) end
    finished = finished + 1
    took[finished] = now() - order.since
    return end_of(order)
  end
  if step and step.again then
    local again, rest = step.again(order, status)
    if again then return go_on(order, again, rest) end
  end
  bad = bad + 1
  if order then end_of(order) end
  if bad <= 3 then io.stderr:write("status ", status, " ", body, "\n") end
end

function done(summary, latency, requests)
  local count, failed, durations = 0, 0, {}
  for _, thread in ipairs(threads) do
    count, failed = count + thread:get("finished"), failed + thread:get("bad")
    for _, duration in ipairs(thread:get("took")) do table.insert(durations, duration) end
  end
  table.sort(durations)
  local function percentile(share) return durations[math.max(1, math.ceil(#durations * share))] or 0 end
  local errors = summary.errors
  io.write(string.format("result %d %d %d %d %d %d\n", count, summary.duration, percentile(0.5) * 1000,
    percentile(0.99) * 1000, percentile(1) * 1000,
    failed + errors.connect + errors.read + errors.write + errors.timeout))
end
