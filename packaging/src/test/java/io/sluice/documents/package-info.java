/** Whether documents, manuals and the configurations that they show are true. */
@NullMarked
package io.sluice.documents;

import org.jspecify.annotations.NullMarked;
