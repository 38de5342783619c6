-- Locks one use for a new order and a new user with each request: of one coupon (COUPONS=1) or of many. Users come in no
-- order, as customers do: names that rise would all fall into one place of an index. With TRAITS each has a device, a card
-- and an address as well.
local coupons = tonumber(os.getenv("COUPONS"))
local key = os.getenv("KEY")
local run = os.getenv("RUN")
local traits = os.getenv("TRAITS")
local cart = [["cart":{"currency":"USD","lines":[{"id":"l1","product_id":"p1","quantity":1,"unit_price":10000}]}]]
local number = 0

function setup(thread)
  seed = (seed or 0) + 1
  thread:set("seed", seed)
end

function init(args)
  local mixed = seed * 104729
  for place = 1, #run do mixed = (mixed * 31 + run:byte(place)) % 2147483647 end
  math.randomseed(mixed)
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/json"
  wrk.headers["Authorization"] = "Bearer " .. key
end

function request()
  number = number + 1
  local order = string.format("%s-%d-%d", run, seed, number)
  local code = coupons == 1 and "HOT" or string.format("SCATTER-%04d", math.random(0, coupons - 1))
  wrk.headers["Idempotency-Key"] = order
  local more = traits and string.format(
    ',"device_id":"d-%08x","payment_fingerprint":"c-%08x","ip":"%d.%d.%d.7"', math.random(0, 2147483647),
    math.random(0, 2147483647), math.random(1, 200), math.random(0, 255), math.random(0, 255)) or ""
  return wrk.format(nil, "/v1/applications", nil, string.format(
    '{"order_id":"%s","codes":["%s"],"customer":{"user_id":"u-%08x%08x"%s},%s}',
    order, code, math.random(0, 2147483647), math.random(0, 2147483647), more, cart))
end

local bad = 0
function response(status, headers, body)
  if status ~= 201 then
    bad = bad + 1
    if bad <= 3 then io.stderr:write("status ", status, " ", body, "\n") end
  end
end

function done(summary, latency, requests)
  io.write(string.format("result %d %d %d %d %d %d\n", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99), latency.max,
    summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout))
end
