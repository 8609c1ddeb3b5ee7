// The program samsignal-adapter: command line, exit codes, signals. Called by an adapter's main().
// Called once, on the main thread, which runs the adapter and owns all its parts until it returns.
#pragma once

namespace sam::program {

// run: 0 stopped, 65 bad configuration, 69 unavailable, 70 damaged store, 75 restart me.
// Other commands: 0 ok, 1 general, 2 usage, 3 not found, 4 denied, 5 conflict, 6 unavailable,
// 7 integrity, 8 partial success (test: something would be put aside); map and test --against: see
// cmd_map.h.
int AdapterMain(int argc, char** argv);

}  // namespace sam::program
