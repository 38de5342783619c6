-- Quotes for random codes of the loaded ones: CODES of them, named BENCH-0000000 and so on.
local codes = tonumber(os.getenv("CODES"))
local key = os.getenv("KEY")
local cart = [["cart":{"currency":"USD","prices_include_tax":false,"channel":"web","lines":[]] ..
  [[{"id":"l1","product_id":"p-1001","seller_id":"s1","categories":["shoes"],"quantity":2,"unit_price":1999},]] ..
  [[{"id":"l2","product_id":"p-1002","seller_id":"s1","categories":["shirts","sale"],"quantity":1,"unit_price":2599},]] ..
  [[{"id":"l3","product_id":"p-1003","seller_id":"s2","categories":["socks"],"quantity":3,"unit_price":499}],]] ..
  [["shipping":[{"id":"sh1","method":"standard","amount":500}]}]]

function setup(thread)
  seed = (seed or 0) + 1
  thread:set("seed", seed)
end

function init(args)
  math.randomseed(seed * 7919)
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/json"
  wrk.headers["Authorization"] = "Bearer " .. key
end

function request()
  local body = string.format(
    '{"codes":["BENCH-%07d"],"customer":{"user_id":"u-%d","segments":["vip"],"first_order":false,"country":"DE"},%s}',
    math.random(0, codes - 1), math.random(1, 1000000), cart)
  return wrk.format(nil, "/v1/quotes", nil, body)
end

local bad = 0
function response(status, headers, body)
  if status ~= 200 then
    bad = bad + 1
    if bad <= 3 then io.stderr:write("status ", status, " ", body, "\n") end
  end
end

function done(summary, latency, requests)
  io.write(string.format("result %d %d %d %d %d %d\n", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99), latency.max,
    summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout))
end
