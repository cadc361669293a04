"""Plotly figures from plain arrays and frames; no Streamlit."""
