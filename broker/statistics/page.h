// The statistics as one HTML page that needs nothing else: no script, no font, no image, no address. Charts
// are drawn as SVG from the sheets, each with its table below it; what is left out of a table is left out
// of its chart. It prints in black on white. Pure, any thread.
#pragma once

#include <string>

#include "broker/statistics/sheet.h"

namespace sam::statistics {

std::string Page(const Sheets& sheets);

}  // namespace sam::statistics
