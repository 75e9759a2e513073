/**
 * Lua function `shuffle(items, seed)`: puts a list in random order, in place. SRANDMEMBER returns distinct members but not
 * in random order, and Redis seeds its generator the same for every run, so the seed comes from outside.
 */
export const SHUFFLE = `
local function shuffle(items, seed)
  math.randomseed(tonumber(seed))
  for at = #items, 2, -1 do
    local other = math.random(at)
    items[at], items[other] = items[other], items[at]
  end
  return items
end
`;
