-- Makes subscriptions, or attaches a coupon to each of them, one request for each of COUNT numbers after FIRST. STEP says
-- which; its coupons are taken in turns. Says "finished" when all are made, and is to be stopped then.
local key = os.getenv("KEY")
local step = os.getenv("STEP")
local first = tonumber(os.getenv("FIRST"))
local count = tonumber(os.getenv("COUNT"))
local line = os.getenv("LINE")
local coupons = {}
for coupon in os.getenv("COUPONS"):gmatch("[^,]+") do coupons[#coupons + 1] = coupon end
-- wrk asks for a first request, which it does not send.
local number, made, failed = -1, 0, false

function init(args)
  wrk.headers["Content-Type"] = "application/json"
  wrk.headers["Authorization"] = "Bearer " .. key
end

function request()
  number = number + 1
  -- The other connections wait for the last answers.
  if number > count then return wrk.format("GET", "/readyz") end
  local name = first + number
  if step == "subscription" then
    return wrk.format("PUT", "/v1/subscriptions/subscription-" .. name, nil, string.format(
      '{"customer_id":"customer-%d","currency":"USD","line_items":[{"id":"seats"},{"id":"usage"}]}', name))
  end
  return wrk.format("POST", "/v1/subscriptions/subscription-" .. name .. "/coupons", nil, string.format(
    '{"coupon_id":"%s","starts_at":"2026-01-01T00:00:00Z"%s}', coupons[name % #coupons + 1],
    line == "" and "" or string.format(',"line_item_id":"%s"', line)))
end

function response(status, headers, body)
  if failed then return end
  if status == 201 then
    made = made + 1
    if made == count then print("finished"); io.stdout:flush() end
  elseif status ~= 200 then
    failed = true
    print("failed: status " .. status .. " " .. body)
    io.stdout:flush()
  end
end
