// What the pages can do beyond links and forms. Each file stands alone; the server writes them in place (app/core/assets.py).
import "./navigation.js";
import "./forms.js";
import "./stale.js";
import "./toasts.js";
import "./dialogs.js";
import "./theme.js";
import "./copy.js";
import "./tables.js";
import "./bell.js";
import "./palette.js";
import "./chart.js";
import "./live.js";
