-- Drives orders through all steps of a checkout, each step behind the answer to the one before. FLOW names the steps: an
-- order that is paid outside, one that a provider takes the money of, the rival's order, or a bare lock and its redemption.
-- Coupons and users are drawn as in lock.lua. A checkout counts when an answer says that it is over.
--
-- No more orders are under way than there are connections (LIMIT). A connection that finds nothing to do rests for a
-- millisecond.
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
-- What was too early is done again after so many milliseconds. Of an order that is not paid after so many looks the provider
-- tells again.
local pause, patience = 50, 20

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
-- `again` names the step that is taken after a pause. A step that `rests` is not taken before one either.
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
  rests = true,
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
  again = function(order, status) return status == 503 and order.step end,
}
local see = {
  ask = function(order) return get("/v1/orders/" .. order.name) end,
  wants = '"state":"paid"',
  rests = true,
  again = function(order, status)
    order.looks = (order.looks or 0) + 1
    return status == 200 and (order.looks % patience == 0 and order.step - 1 or order.step)
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

-- Orders by name, and those whose next step may be taken: at once, or after a rest.
local orders, ready, resting = {}, { first = 1, last = 0 }, { first = 1, last = 0 }
local number, under_way = 0, 0
-- Read by `done`: how many checkouts came to their end, and how many milliseconds each took.
finished, took, bad = 0, {}, 0
local threads = {}

local function put(queue, order)
  queue.last = queue.last + 1
  queue[queue.last] = order
end

local function take(queue)
  local order = queue[queue.first]
  queue[queue.first] = nil
  queue.first = queue.first + 1
  return order
end

local function has_rested() return resting.first <= resting.last and resting[resting.first].due <= now() end

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

function delay()
  if ready.first <= ready.last or under_way < limit or has_rested() then return 0 end
  return 1
end

function request()
  local order
  if has_rested() then
    order = take(resting)
  elseif ready.first <= ready.last then
    order = take(ready)
  elseif under_way < limit or resting.first > resting.last then
    number, under_way = number + 1, under_way + 1
    order = { name = string.format("%s-%d-%d", run, seed, number), step = 1, since = now() }
    orders[order.name] = order
  else
    order = take(resting)
  end
  -- Every answer says whose it is.
  wrk.headers["X-Request-Id"] = order.name
  return steps[order.step].ask(order)
end

local function go_on(order, step, rests)
  order.step = step
  if not rests then return put(ready, order) end
  order.due = now() + pause
  put(resting, order)
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
    if next_step then return go_on(order, order.step + 1, next_step.rests) end
    finished = finished + 1
    took[finished] = now() - order.since
    return end_of(order)
  end
  local again = step and step.again and step.again(order, status)
  if again then return go_on(order, again, true) end
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
