// samsignal-adapter: one process per source system. What it understands comes from the mapping
// named in its configuration; mappings/bvc-hl7v2.toml is the one for child health centres.
#include "adapters/program/adapter_main.h"

int main(int argc, char** argv) { return sam::program::AdapterMain(argc, argv); }
