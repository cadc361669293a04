"""Entry point: page config and navigation, nothing else. Run with `streamlit run app.py`."""

from ui.navigation import navigate
from ui.warm_up import clear_up

navigate()
clear_up()
