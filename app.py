"""Entry point: page config and navigation, nothing else. Run with `streamlit run app.py`."""

from ui.navigation import navigate
from ui.warm_up import warm_up_later

navigate()
warm_up_later()
