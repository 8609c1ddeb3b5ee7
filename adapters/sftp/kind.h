// The connector [files], which may have its files fetched from elsewhere: [files.sftp].
#pragma once

#include "adapters/kit/source_kind.h"

namespace sam::sftp {

kit::ConnectorKind FilesKind();

}  // namespace sam::sftp
