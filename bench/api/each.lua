-- For wrk: asks for one path after the other of the file that PATHS names, so that no two requests in a row are equal.
local paths, at = {}, 0
for line in io.lines(os.getenv("PATHS")) do
  paths[#paths + 1] = line
end

function request()
  at = at % #paths + 1
  return wrk.format("GET", paths[at])
end
